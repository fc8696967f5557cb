milter_libassay_a_SOURCES += \
	%D%/address.c %D%/address.h \
	%D%/address_key.c %D%/address_key.h \
	%D%/authres.h \
	%D%/authres_claims.c \
	%D%/authres_read.c \
	%D%/authres_write.c \
	%D%/domain.c %D%/domain.h \
	%D%/eml.c %D%/eml.h \
	%D%/from.c %D%/from.h \
	%D%/lex.c %D%/lex.h \
	%D%/message.c %D%/message.h \
	%D%/taglist.c %D%/taglist.h
