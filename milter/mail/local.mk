milter_libassay_a_SOURCES += \
	%D%/address.h \
	%D%/authres.h \
	%D%/domain.c %D%/domain.h \
	%D%/eml.h \
	%D%/from.h \
	%D%/message.c %D%/message.h \
	%D%/taglist.c %D%/taglist.h
