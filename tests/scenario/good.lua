-- A good message, as the milter library's own test driver tells it.  `where` is the socket.
function expect(what, got, wanted)
    if got ~= wanted then
        error(what .. ": got " .. tostring(got) .. ", wanted " .. tostring(wanted))
    end
end

conn = mt.connect(where, 100, 0.05)
if conn == nil then
    error("cannot connect")
end
mt.macro(conn, SMFIC_CONNECT, "j", "mx.test", "{client_addr}", "192.0.2.1", "{client_name}", "mail.good.example")
expect("CONNECT", mt.conninfo(conn, "mail.good.example", "192.0.2.1"), nil)
expect("no reply to HELO", mt.test_option(conn, SMFIP_NR_HELO), true)
expect("no reply to body", mt.test_option(conn, SMFIP_NR_BODY), true)
expect("HELO", mt.helo(conn, "mail.good.example"), nil)
mt.macro(conn, SMFIC_MAIL, "i", "LUA1")
expect("MAIL", mt.mailfrom(conn, "<a@good.example>"), nil)
expect("RCPT", mt.rcptto(conn, "<b@here.test>"), nil)
expect("From", mt.header(conn, "From", " a@good.example"), nil)
expect("forged", mt.header(conn, "Authentication-Results", " mx.test; dmarc=pass"), nil)
expect("foreign", mt.header(conn, "Authentication-Results", " other.example; none"), nil)
expect("EOH", mt.eoh(conn), nil)
expect("body", mt.bodystring(conn, "hello\r\n"), nil)
expect("end", mt.eom(conn), nil)
expect("CONTINUE", mt.getreply(conn), SMFIR_CONTINUE)
expect("deleted", mt.eom_check(conn, MT_HDRDELETE, "Authentication-Results"), true)
expect("inserted", mt.eom_check(conn, MT_HDRINSERT, "Authentication-Results"), true)
stamp = mt.getheader(conn, "Authentication-Results", 0)
expect("dmarc=pass", string.find(stamp, "dmarc=pass", 1, true) ~= nil, true)
mt.disconnect(conn)
