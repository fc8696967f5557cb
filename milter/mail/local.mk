milter_libassay_a_SOURCES += \
	%D%/address.c %D%/address.h \
	%D%/authres.h \
	%D%/domain.c %D%/domain.h \
	%D%/eml.c %D%/eml.h \
	%D%/from.c %D%/from.h \
	%D%/lex.c %D%/lex.h \
	%D%/message.c %D%/message.h \
	%D%/taglist.c %D%/taglist.h
