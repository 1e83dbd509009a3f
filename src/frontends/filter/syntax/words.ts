// The words of the packet-filter language: pcap-filter(7), as libpcap 1.10 reads them. A word may have several spellings;
// each stands for one meaning.

/** Protocols that qualify a primitive, stand alone, or are indexed. */
export type ProtocolWord =
  | 'link'
  | 'arp'
  | 'rarp'
  | 'ip'
  | 'sctp'
  | 'tcp'
  | 'udp'
  | 'icmp'
  | 'igmp'
  | 'igrp'
  | 'pim'
  | 'vrrp'
  | 'carp'
  | 'radio'
  | 'ip6'
  | 'icmp6'
  | 'ah'
  | 'esp'
  | 'atalk'
  | 'aarp'
  | 'decnet'
  | 'lat'
  | 'sca'
  | 'moprc'
  | 'mopdl'
  | 'iso'
  | 'esis'
  | 'isis'
  | 'l1'
  | 'l2'
  | 'iih'
  | 'lsp'
  | 'snp'
  | 'csnp'
  | 'psnp'
  | 'clnp'
  | 'stp'
  | 'ipx'
  | 'netbeui';

const protocolSpellings: Record<ProtocolWord, readonly string[]> = {
  link: ['link', 'ether', 'ppp', 'slip', 'fddi', 'tr', 'wlan'],
  arp: ['arp'],
  rarp: ['rarp'],
  ip: ['ip'],
  sctp: ['sctp'],
  tcp: ['tcp'],
  udp: ['udp'],
  icmp: ['icmp'],
  igmp: ['igmp'],
  igrp: ['igrp'],
  pim: ['pim'],
  vrrp: ['vrrp'],
  carp: ['carp'],
  radio: ['radio'],
  ip6: ['ip6'],
  icmp6: ['icmp6'],
  ah: ['ah'],
  esp: ['esp'],
  atalk: ['atalk'],
  aarp: ['aarp'],
  decnet: ['decnet'],
  lat: ['lat'],
  sca: ['sca'],
  moprc: ['moprc'],
  mopdl: ['mopdl'],
  iso: ['iso'],
  esis: ['esis', 'es-is'],
  isis: ['isis', 'is-is'],
  l1: ['l1'],
  l2: ['l2'],
  iih: ['iih'],
  lsp: ['lsp'],
  snp: ['snp'],
  csnp: ['csnp'],
  psnp: ['psnp'],
  clnp: ['clnp'],
  stp: ['stp'],
  ipx: ['ipx'],
  netbeui: ['netbeui'],
};

/** Every spelling of a protocol. */
export const PROTOCOLS: ReadonlyMap<string, ProtocolWord> = new Map(
  Object.entries(protocolSpellings).flatMap(([word, spellings]) =>
    spellings.map((spelling): [string, ProtocolWord] => [spelling, word as ProtocolWord]),
  ),
);

/** Which side of a packet a primitive looks at. */
export type Direction = 'default' | 'src' | 'dst' | 'or' | 'and' | 'addr1' | 'addr2' | 'addr3' | 'addr4' | 'ra' | 'ta';

/** Directions of one word. */
export const DIRECTIONS: ReadonlyMap<string, Direction> = new Map<string, Direction>([
  ['src', 'src'],
  ['dst', 'dst'],
  ['addr1', 'addr1'],
  ['address1', 'addr1'],
  ['addr2', 'addr2'],
  ['address2', 'addr2'],
  ['addr3', 'addr3'],
  ['address3', 'addr3'],
  ['addr4', 'addr4'],
  ['address4', 'addr4'],
  ['ra', 'ra'],
  ['ta', 'ta'],
]);

/** What an identifier is. */
export type Kind = 'default' | 'host' | 'net' | 'port' | 'portrange' | 'gateway' | 'proto' | 'protochain';

/** Kinds that may follow a direction. */
export const KINDS: ReadonlySet<string> = new Set<Kind>(['host', 'net', 'port', 'portrange']);

export type AtmType = 'lane' | 'metac' | 'bcc' | 'oamf4sc' | 'oamf4ec' | 'sc' | 'ilmic' | 'oam' | 'oamf4';
export type AtmMessage = 'connectmsg' | 'metaconnect';
export const ATM_WORDS: ReadonlyMap<string, AtmType | AtmMessage> = new Map(
  (
    ['lane', 'metac', 'bcc', 'oamf4sc', 'oamf4ec', 'sc', 'ilmic', 'oam', 'oamf4', 'connectmsg', 'metaconnect'] as const
  ).map((word) => [word, word]),
);
export type Ss7Unit = 'fisu' | 'lssu' | 'msu' | 'hfisu' | 'hlssu' | 'hmsu';
export const SS7_UNITS: ReadonlyMap<string, Ss7Unit> = new Map([
  ['fisu', 'fisu'],
  ['lssu', 'lssu'],
  ['lsu', 'lssu'],
  ['msu', 'msu'],
  ['hfisu', 'hfisu'],
  ['hlssu', 'hlssu'],
  ['hmsu', 'hmsu'],
]);

/** Fields that are compared with a number or a list of numbers. */
export type ValueField = 'vpi' | 'vci' | 'sio' | 'opc' | 'dpc' | 'sls' | 'hsio' | 'hopc' | 'hdpc' | 'hsls';
export const VALUE_FIELDS: ReadonlyMap<string, ValueField> = new Map(
  (['vpi', 'vci', 'sio', 'opc', 'dpc', 'sls', 'hsio', 'hopc', 'hdpc', 'hsls'] as const).map((word) => [word, word]),
);

/** Words of the PF firewall's log header. */
export type PfField = 'ifname' | 'ruleset' | 'rulenum' | 'subrulenum' | 'reason' | 'action';
export const PF_FIELDS: ReadonlyMap<string, PfField> = new Map<string, PfField>([
  ['on', 'ifname'],
  ['ifname', 'ifname'],
  ['rset', 'ruleset'],
  ['ruleset', 'ruleset'],
  ['rnr', 'rulenum'],
  ['rulenum', 'rulenum'],
  ['srnr', 'subrulenum'],
  ['subrulenum', 'subrulenum'],
  ['reason', 'reason'],
  ['action', 'action'],
]);

/** Headers that are looked into, so that what follows in the expression is about the packet inside. */
export type Encapsulation = 'vlan' | 'mpls' | 'pppoes' | 'geneve' | 'vxlan';
export const ENCAPSULATIONS: ReadonlySet<string> = new Set<Encapsulation>([
  'vlan',
  'mpls',
  'pppoes',
  'geneve',
  'vxlan',
]);

const others = [
  'host',
  'net',
  'mask',
  'port',
  'portrange',
  'proto',
  'protochain',
  'gateway',
  'type',
  'subtype',
  'dir',
  'direction',
  'less',
  'greater',
  'byte',
  'broadcast',
  'multicast',
  'and',
  'or',
  'not',
  'len',
  'length',
  'inbound',
  'outbound',
  'ifindex',
  'pppoed',
  'llc',
];

/** Words that are no names unless a backslash stands before them. */
export const KEYWORDS: ReadonlySet<string> = new Set([
  ...PROTOCOLS.keys(),
  ...DIRECTIONS.keys(),
  ...ATM_WORDS.keys(),
  ...SS7_UNITS.keys(),
  ...VALUE_FIELDS.keys(),
  ...PF_FIELDS.keys(),
  ...ENCAPSULATIONS,
  ...others,
]);

/** Words that are numbers: offsets into headers, and values that are found there. Source: pcap-filter(7). */
export const CONSTANTS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    icmptype: 0,
    icmpcode: 1,
    'icmp-echoreply': 0,
    'icmp-unreach': 3,
    'icmp-sourcequench': 4,
    'icmp-redirect': 5,
    'icmp-echo': 8,
    'icmp-routeradvert': 9,
    'icmp-routersolicit': 10,
    'icmp-timxceed': 11,
    'icmp-paramprob': 12,
    'icmp-tstamp': 13,
    'icmp-tstampreply': 14,
    'icmp-ireq': 15,
    'icmp-ireqreply': 16,
    'icmp-maskreq': 17,
    'icmp-maskreply': 18,
    icmp6type: 0,
    icmp6code: 1,
    'icmp6-destinationunreach': 1,
    'icmp6-packettoobig': 2,
    'icmp6-timeexceeded': 3,
    'icmp6-parameterproblem': 4,
    'icmp6-echo': 128,
    'icmp6-echoreply': 129,
    'icmp6-multicastlistenerquery': 130,
    'icmp6-multicastlistenerreportv1': 131,
    'icmp6-multicastlistenerdone': 132,
    'icmp6-routersolicit': 133,
    'icmp6-routeradvert': 134,
    'icmp6-neighborsolicit': 135,
    'icmp6-neighboradvert': 136,
    'icmp6-redirect': 137,
    'icmp6-routerrenum': 138,
    'icmp6-nodeinformationquery': 139,
    'icmp6-nodeinformationresponse': 140,
    'icmp6-ineighbordiscoverysolicit': 141,
    'icmp6-ineighbordiscoveryadvert': 142,
    'icmp6-multicastlistenerreportv2': 143,
    'icmp6-homeagentdiscoveryrequest': 144,
    'icmp6-homeagentdiscoveryreply': 145,
    'icmp6-mobileprefixsolicit': 146,
    'icmp6-mobileprefixadvert': 147,
    'icmp6-certpathsolicit': 148,
    'icmp6-certpathadvert': 149,
    'icmp6-multicastrouteradvert': 151,
    'icmp6-multicastroutersolicit': 152,
    'icmp6-multicastrouterterm': 153,
    tcpflags: 13,
    'tcp-fin': 0x01,
    'tcp-syn': 0x02,
    'tcp-rst': 0x04,
    'tcp-push': 0x08,
    'tcp-ack': 0x10,
    'tcp-urg': 0x20,
    'tcp-ece': 0x40,
    'tcp-cwr': 0x80,
  }),
);
