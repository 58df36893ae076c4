/**
 * Names of ports, from the registry of IANA ("Service Name and Transport Protocol Port Number Registry"): the services one meets
 * on machines today, by no means all that are registered. The choice is our own.
 */

/** A service, and which protocols carry it. */
export interface Service {
  readonly port: number;
  readonly name: string;
  readonly tcp: boolean;
  readonly udp: boolean;
}

/** Port, name, protocols (`t`, `u`, `tu`). */
const TABLE = `
1 tcpmux t|7 echo tu|9 discard tu|11 systat t|13 daytime tu|17 qotd t|19 chargen tu|20 ftp-data t|21 ftp t|22 ssh t|23 telnet t
25 smtp t|37 time tu|43 whois t|49 tacacs tu|53 domain tu|67 bootps u|68 bootpc u|69 tftp u|70 gopher t|79 finger t|80 http t
88 kerberos tu|110 pop3 t|111 sunrpc tu|113 auth t|119 nntp t|123 ntp u|135 epmap tu|137 netbios-ns u|138 netbios-dgm u
139 netbios-ssn t|143 imap t|161 snmp u|162 snmptrap u|177 xdmcp u|179 bgp t|194 irc t|264 bgmp t|318 pkix-timestamp t
319 ptp-event u|320 ptp-general u|389 ldap tu|427 svrloc tu|443 https tu|444 snpp t|445 microsoft-ds t|464 kpasswd tu|465 submissions t
500 isakmp u|502 mbap t|512 exec t|513 login t|514 shell t|514 syslog u|515 printer t|520 router u|521 ripng u|540 uucp t|543 klogin t
544 kshell t|546 dhcpv6-client u|547 dhcpv6-server u|548 afpovertcp t|554 rtsp t|563 nntps t|587 submission t|593 http-rpc-epmap t
623 asf-rmcp u|631 ipp tu|636 ldaps t|646 ldp tu|666 doom tu|749 kerberos-adm t|853 domain-s tu|860 iscsi t|873 rsync t|902 ideafarm-door t
989 ftps-data t|990 ftps t|992 telnets t|993 imaps t|995 pop3s t|1080 socks t|1099 rmiregistry t|1194 openvpn tu|1433 ms-sql-s t
1434 ms-sql-m u|1521 ncube-lm t|1645 sightline u|1646 sa-msg-port u|1701 l2tp u|1719 h323gatestat u|1720 h323hostcall t|1723 pptp t
1812 radius u|1813 radius-acct u|1883 mqtt t|1900 ssdp u|2049 nfs tu|2082 infowave t|2083 radsec t|2181 eforward t|2222 EtherNet-IP-1 t
2375 docker t|2376 docker-s t|2379 etcd-client t|2380 etcd-server t|2427 mgcp-gateway u|3000 hbci t|3128 ndl-aas t|3260 iscsi-target t
3268 msft-gc t|3306 mysql t|3389 ms-wbt-server tu|3478 stun tu|3689 daap t|3690 svn t|3702 ws-discovery u|3784 bfd-control u|4369 epmd t
4500 ipsec-nat-t u|4569 iax u|4789 vxlan u|5000 commplex-main t|5004 avt-profile-1 u|5005 avt-profile-2 u|5060 sip tu|5061 sips t|5222 xmpp-client t
5269 xmpp-server t|5349 stuns t|5353 mdns u|5355 llmnr u|5357 wsdapi t|5432 postgresql t|5555 personal-agent t|5631 pcanywheredata t
5632 pcanywherestat u|5671 amqps t|5672 amqp t|5683 coap u|5684 coaps u|5900 rfb t|5984 couchdb t|5985 wsman t|5986 wsmans t|6000 x11 t
6379 redis t|6514 syslog-tls t|6653 openflow t|6667 ircu-3 t|7000 afs3-fileserver tu|7001 afs3-callback tu|8000 irdmi t
8008 http-alt t|8009 nvme-disc t|8080 http-alt t|8081 sunproxyadmin t|8086 d-s-n t|8088 radan-http t|8140 puppet t|8443 pcsync-https t
8883 secure-mqtt t|8888 ddi-tcp-1 t|9000 cslistener t|9042 cassandra t|9090 websm t|9092 XmlIpcRegSvc t|9100 hp-pdl-datastr t|9200 wap-wsp t
9418 git t|9999 distinct t|10000 ndmp t|10050 zabbix-agent t|10051 zabbix-trapper t|11211 memcache tu|25565 minecraft t|27017 mongodb t
47808 bacnet u
`;

/** The table, by port. */
export const SERVICES: readonly Service[] = TABLE.trim()
  .split(/[\n|]/)
  .map((line) => {
    const [port = '0', name = '', marks = ''] = line.trim().split(' ');
    return {
      port: Number(port),
      name: name.toLowerCase(),
      tcp: marks.includes('t'),
      udp: marks.includes('u'),
    };
  });

const names = {
  tcp: new Map(SERVICES.filter(({ tcp }) => tcp).map(({ port, name }) => [port, name])),
  udp: new Map(SERVICES.filter(({ udp }) => udp).map(({ port, name }) => [port, name])),
};

/** The name of a port, or null where the table has none. */
export function serviceName(protocol: 'tcp' | 'udp', port: number): string | null {
  return names[protocol].get(port) ?? null;
}
