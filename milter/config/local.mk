milter_libassay_a_SOURCES += \
	%D%/check.c %D%/check.h \
	%D%/clean.c %D%/clean.h \
	%D%/config.c %D%/config.h \
	%D%/clients.c %D%/clients.h \
	%D%/list.h \
	%D%/nearest.c %D%/nearest.h \
	%D%/option.c %D%/option.h \
	%D%/parse.c %D%/parse.h \
	%D%/place.c %D%/place.h \
	%D%/print.c \
	%D%/sections.c %D%/sections.h \
	%D%/sender_entry.c %D%/sender_entry.h \
	%D%/senders.c %D%/senders.h \
	%D%/suffix.c %D%/suffix.h \
	%D%/textfile.c %D%/textfile.h \
	%D%/value.c %D%/value.h
