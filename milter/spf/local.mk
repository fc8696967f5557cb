milter_libassay_a_SOURCES += \
	%D%/iprev.c %D%/iprev.h \
	%D%/spf.c %D%/spf.h \
	%D%/spf_eval.c %D%/spf_eval.h \
	%D%/spf_evidence.c %D%/spf_evidence.h \
	%D%/spf_explain.c %D%/spf_explain.h \
	%D%/spf_libspf2.c %D%/spf_libspf2.h \
	%D%/spf_macro.c %D%/spf_macro.h \
	%D%/spf_names.c %D%/spf_names.h \
	%D%/spf_ptr.c %D%/spf_ptr.h \
	%D%/spf_record.c %D%/spf_record.h
