#!/usr/bin/perl
# usage: mail_dmarc.pl DATABASE
# Reads every report of a database with Mail::DMARC, an independent reader, and wants of it the domain, the policy,
# the period and the number of messages that the store has.  It knows RFC 7489 only: build with ReportFormat rfc7489.
use strict;
use warnings;

BEGIN {
    for my $module (qw(Mail::DMARC::Report::Receive DBD::SQLite IO::Uncompress::Gunzip)) {
        eval "require $module; 1" or do { print "skipped: $module is not installed\n"; exit 77 };
    }
}

# what it read, in place of its own database
my $seen;
{
    no warnings 'redefine';
    *Mail::DMARC::Report::save_aggregate = sub { $seen = $_[0]->aggregate; return 1 };
}

my ($reports, $messages, $rows) = (0, 0, 0);
my $db = DBI->connect("dbi:SQLite:dbname=$ARGV[0]", '', '', { RaiseError => 1, ReadOnly => 1 });
my $all = $db->selectall_arrayref('SELECT report_id, policy_domain, policy_key, begin_s, end_s, messages, rows, body FROM report');
for my $report (@$all) {
    my ($id, $domain, $key, $begin, $end, $count, $elements, $body) = @$report;
    my ($xml, $sum, $passed) = ('', 0, 0);
    IO::Uncompress::Gunzip::gunzip(\$body, \$xml) or die "$id: not gzip\n";
    undef $seen;
    Mail::DMARC::Report::Receive->new->handle_body($xml);
    my $records = $seen->record;
    for my $record (@$records) {
        $sum += $record->row->count;
        die "$id: no source\n" unless length $record->row->source_ip;
        die "$id: no author\n" unless length $record->identifiers->header_from;
        die "$id: no result\n" unless $record->row->policy_evaluated->dkim =~ /^(?:pass|fail)$/;
    }
    my ($p) = $key =~ /^p=(\w+)/;
    my $meta = $seen->metadata;
    die "$id: its id is read as " . $meta->report_id . "\n" if $meta->report_id ne $id;
    die "$id: its period\n" if $meta->begin != $begin || $meta->end != $end;
    die "$id: $domain is read as " . $seen->policy_published->domain . "\n" if $seen->policy_published->domain ne $domain;
    die "$id: its policy\n" if $seen->policy_published->p ne $p;
    die "$id: $sum messages in " . @$records . " rows are read, $count in $elements were written\n"
        if $sum != $count || @$records != $elements;
    $reports++;
    $messages += $sum;
    $rows += @$records;
}
die "no reports\n" unless $reports;
print "Mail::DMARC reads $reports reports, $rows rows, $messages messages as they were written\n";
