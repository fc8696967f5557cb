# DMARC
milter_libassay_a_SOURCES += \
	%D%/verdict.h
# what is done and said about it
milter_libassay_a_SOURCES += \
	%D%/action.h %D%/record.h
