# file formats, each behind one library
milter_libassay_a_SOURCES += \
	%D%/archive.c %D%/archive.h \
	%D%/gunzip.c %D%/gunzip.h \
	%D%/csv.c %D%/csv.h \
	%D%/json.c %D%/json.h %D%/json_read.h \
	%D%/mail_parts.c %D%/mail_parts.h \
	%D%/mbox.c %D%/mbox.h \
	%D%/xml.c %D%/xml.h \
	%D%/xml_guard.c %D%/xml_guard.h \
	%D%/xml_write.c
