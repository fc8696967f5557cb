milter_libassay_a_SOURCES += \
	%D%/arc.c %D%/arc.h \
	%D%/arc_chain.c %D%/arc_chain.h \
	%D%/arc_crypto.c %D%/arc_crypto.h \
	%D%/body_hash.c %D%/body_hash.h \
	%D%/dkim.c %D%/dkim.h \
	%D%/dkim_canon.c %D%/dkim_canon.h \
	%D%/dkim_evidence.c %D%/dkim_evidence.h \
	%D%/dkim_key.c %D%/dkim_key.h \
	%D%/dkim_lookup.c %D%/dkim_lookup.h \
	%D%/dkim_memory.c %D%/dkim_memory.h \
	%D%/dkim_plan.c %D%/dkim_plan.h \
	%D%/dkim_sig.c %D%/dkim_sig.h \
	%D%/dkim_sign.c %D%/dkim_sign.h \
	%D%/sigverify.c %D%/sigverify.h
