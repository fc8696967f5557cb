milter_libassay_a_SOURCES += \
	%D%/dmarc_align.c %D%/dmarc_align.h \
	%D%/dmarc_discover.c %D%/dmarc_discover.h \
	%D%/dmarc_evidence.h \
	%D%/dmarc_external.c %D%/dmarc_external.h \
	%D%/dmarc_gather.c %D%/dmarc_gather.h \
	%D%/dmarc_opendmarc.c %D%/dmarc_opendmarc.h \
	%D%/dmarc_record.c %D%/dmarc_record.h \
	%D%/dmarc_walk.c %D%/dmarc_walk.h
