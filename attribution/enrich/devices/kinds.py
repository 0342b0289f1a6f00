"""What the names that scanners give to a service, and the usual ports, mean for the reading of its banner."""

from __future__ import annotations

__all__ = ["FIELDS", "kind_of"]

FIELDS = (
    *("http.server", "http.title", "http.www-authenticate", "http.cookie", "http.location", "http.powered-by"),
    *("http.headers", "http.body", "http.favicon", "ftp", "telnet", "ssh", "smtp", "imap", "pop3"),
    *("tls.subject", "tls.issuer", "ssdp", "rtsp", "sip", "snmp.sysdescr", "mdns", "dhcp", "pptp", "smb", "rdp"),
    *("netbios", "ntp", "dns", "printer", "h323", "text"),
)
"""Where a text may stand; `text` is one of a service that is not known."""

_SERVICES = {
    "http": (
        "http https http-simple http-simple-new https-simple-new http-alt https-alt auto http-proxy http.raw"
        " http-rpc-epmap title html rtsp-http cwmp tr069 tr-069"
    ),
    "ftp": "ftp ftps ftp.banner",
    "telnet": "telnet telnets telnet-ssl telnet.banner",
    "ssh": "ssh ssh.banner",
    "smtp": "smtp smtps submission smtp-starttls lmtp smtp.banner",
    "imap": "imap imaps imap-ssl imap4.banner",
    "pop3": "pop3 pop3s pop3-ssl pop pop3.banner",
    "tls.subject": "x509.subject tls.cert.subject ssl.cert.subject",
    "tls.issuer": "x509.issuer tls.cert.issuer ssl.cert.issuer",
    "ssdp": "upnp ssdp upnp-http upnp.banner",
    "rtsp": "rtsp rtsps rtsp-tcp rtsp_header.server",
    "sip": "sip sips sip-tls sip-tcp sip-udp sip_header.server sip_header.user_agent",
    "snmp.sysdescr": "snmp snmp_v2 snmp-v2 snmp-v3 snmpv2 snmpv3 snmp.sys_description",
    "mdns": "mdns dns-sd zeroconf mdns.device-info.txt mdns.workstation.txt",
    "dhcp": "dhcp dhcp_vendor_class",
    "pptp": "pptp",
    "smb": "smb microsoft-ds netbios-ssn cifs smb.native_os smb.native_lm",
    "rdp": "rdp ms-wbt-server rdp-tcp",
    "netbios": "netbios nbstat nbns",
    "ntp": "ntp ntpd ntp.readvar",
    "dns": "dns dns-tcp dns-udp dns.versionbind domain",
    "printer": "printer jetdirect pjl hp-pjl ipp ipps lpd printer-job-language printer_job_language",
    "h323": "h323 h.323 h323q931 h323_callresp",
    "text": (
        "tls ssl x509 sslv2 sslv3 vnc rfb mqtt mqtts amqp amqp091 amqps rabbitmq modbus modbus-tcp bacnet ldap ldaps"
        " ldap-udp ldap-tcp mysql mariadb mssql ms-sql-s ms-sql-m socks socks4 socks5 x11 nntp fox s7 ethernet-ip"
    ),
    "http.server": "http_header.server",
    "http.title": "html_title",
    "http.www-authenticate": "http_header.wwwauth",
    "http.cookie": "http_header.cookie",
    "http.powered-by": "http_header.x-powered-by",
    "http.favicon": "favicon.md5",
}
_PORTS = {
    "http": (
        80,
        81,
        82,
        88,
        443,
        591,
        5000,
        5001,
        7547,
        7779,
        8000,
        8008,
        8080,
        8081,
        8088,
        8089,
        8090,
        8443,
        8888,
        9000,
    ),
    "ftp": (21, 990, 2121),
    "telnet": (23, 992, 2323),
    "ssh": (22, 2222, 22222),
    "smtp": (25, 465, 587, 2525),
    "imap": (143, 993),
    "pop3": (110, 995),
    "ssdp": (1900,),
    "rtsp": (554, 8554, 10554),
    "sip": (5060, 5061),
    "snmp.sysdescr": (161,),
    "mdns": (5353,),
    "pptp": (1723,),
    "smb": (139, 445),
    "rdp": (3389,),
    "netbios": (137,),
    "ntp": (123,),
    "dns": (53,),
    "printer": (515, 631, 9100),
    "h323": (1720,),
}
_KINDS = {word: kind for kind, words in _SERVICES.items() for word in words.split()}
_KINDS |= {str(port): kind for kind, ports in _PORTS.items() for port in ports}
_KINDS |= {name: name for name in FIELDS if name != "printer"} | {"printer": "printer"}


def kind_of(name: str) -> str:
    """Return the kind of service or the single field that a name means; empty where it is not known.

    Args:
        name: A field of ours or of Recog's, a module of Shodan's or zgrab2's, nmap's name of a service, or a port.
    """
    return _KINDS.get(name, "") or _KINDS.get(name.strip().lower(), "")
