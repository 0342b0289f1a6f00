"""One vocabulary of services for what each scanner calls them."""

from __future__ import annotations

from functools import lru_cache

__all__ = ["SERVICES", "service"]

SERVICES = {
    "http": ("https", "http-proxy", "http-alt", "https-alt", "http-rpc-epmap", "title", "html", "rtsp-http"),
    "ssh": (),
    "ftp": ("ftps",),
    "telnet": ("telnets", "telnet-ssl"),
    "smtp": ("smtps", "submission", "lmtp"),
    "pop3": ("pop3s", "pop3-ssl", "pop"),
    "imap": ("imaps", "imap-ssl"),
    "tls": ("ssl", "x509", "sslv2", "sslv3"),
    "dns": ("domain", "dns-tcp", "dns-udp"),
    "ntp": ("ntpd",),
    "snmp": ("snmp-v2", "snmp-v3", "snmpv2", "snmpv3", "snmp_v2"),
    "upnp": ("ssdp", "upnp-http"),
    "mdns": ("zeroconf",),
    "rtsp": ("rtsps", "rtsp-tcp"),
    "sip": ("sips", "sip-tls", "sip-tcp", "sip-udp"),
    "printer": ("jetdirect", "ipp", "ipps", "printer-job-language", "printer_job_language", "pjl", "hp-pjl", "lpd"),
    "smb": ("microsoft-ds", "netbios-ssn", "netbios", "cifs"),
    "rdp": ("ms-wbt-server", "rdp-tcp"),
    "vnc": ("rfb",),
    "mqtt": ("mqtts",),
    "amqp": ("amqp091", "amqps", "rabbitmq"),
    "modbus": ("modbus-tcp",),
    "bacnet": (),
    "cwmp": ("tr069", "tr-069"),
    "h323": ("h323q931", "h.323"),
    "ldap": ("ldaps", "ldap-udp", "ldap-tcp"),
    "mysql": ("mariadb",),
    "mssql": ("ms-sql-s", "ms-sql-m"),
    "pptp": (),
    "socks": ("socks5", "socks4"),
    "x11": (),
    "nntp": (),
}
"""The services that are told apart, each with other names for it. Everything else is `unknown`."""

_KNOWN = {name: key for key, names in SERVICES.items() for name in (key, *names)}
_ENDINGS = ("-simple-new", "-simple", "-new", "-ssl", "-udp", "-tcp")
_LONGEST = 60


def service(name: object) -> str:
    """Return the service that a scanner's word stands for; `unknown` where that is not known."""
    return _named(name) if isinstance(name, str) and len(name) <= _LONGEST else "unknown"


@lru_cache(maxsize=4_096)
def _named(name: str) -> str:
    word = name.strip().lower()
    for _ in range(3):
        if word in _KNOWN:
            return _KNOWN[word]
        shorter = next((word.removesuffix(end) for end in _ENDINGS if word.endswith(end)), word.partition(".")[0])
        if shorter == word:
            break
        word = shorter
    return "unknown"
