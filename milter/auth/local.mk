# one block a subject, so that they grow without conflict
milter_libassay_a_SOURCES += \
	%D%/auth.c %D%/auth.h \
	%D%/evidence.c %D%/evidence.h \
	%D%/iprev.c %D%/iprev.h
# SPF
milter_libassay_a_SOURCES += \
	%D%/spf.c %D%/spf.h \
	%D%/spf_eval.c %D%/spf_eval.h \
	%D%/spf_explain.c %D%/spf_explain.h \
	%D%/spf_libspf2.c %D%/spf_libspf2.h \
	%D%/spf_macro.c %D%/spf_macro.h \
	%D%/spf_names.c %D%/spf_names.h \
	%D%/spf_ptr.c %D%/spf_ptr.h \
	%D%/spf_record.c %D%/spf_record.h
# who may have sent it
milter_libassay_a_SOURCES += \
	%D%/vouch.c %D%/vouch.h
# DKIM
milter_libassay_a_SOURCES += \
	%D%/dkim.c %D%/dkim.h \
	%D%/dkim_key.c %D%/dkim_key.h \
	%D%/dkim_lookup.c %D%/dkim_lookup.h \
	%D%/dkim_plan.c %D%/dkim_plan.h \
	%D%/dkim_sign.c %D%/dkim_sign.h \
	%D%/dkim_sig.c %D%/dkim_sig.h
# ARC
milter_libassay_a_SOURCES += \
	%D%/arc.c %D%/arc.h \
	%D%/arc_chain.c %D%/arc_chain.h \
	%D%/arc_crypto.c %D%/arc_crypto.h \
	%D%/body_hash.c %D%/body_hash.h \
	%D%/dkim_canon.c %D%/dkim_canon.h \
	%D%/sigverify.c %D%/sigverify.h
# DMARC
milter_libassay_a_SOURCES += \
	%D%/dmarc_align.c %D%/dmarc_align.h \
	%D%/dmarc_discover.c %D%/dmarc_discover.h \
	%D%/dmarc_external.c %D%/dmarc_external.h \
	%D%/dmarc_gather.c %D%/dmarc_gather.h \
	%D%/dmarc_opendmarc.c %D%/dmarc_opendmarc.h \
	%D%/dmarc_record.c %D%/dmarc_record.h \
	%D%/dmarc_walk.c %D%/dmarc_walk.h
