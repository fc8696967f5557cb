milter_libassay_a_SOURCES += \
	%D%/clean.c %D%/clean.h \
	%D%/list.h \
	%D%/nearest.c %D%/nearest.h \
	%D%/option_row.c %D%/option_row.h \
	%D%/parse.c %D%/parse.h \
	%D%/place.c %D%/place.h \
	%D%/sections.c %D%/sections.h \
	%D%/textfile.c %D%/textfile.h
