// Listings that tcpdump 4.99.3 with libpcap 1.10.3 printed for these expressions, so that ours are compared also where it is
// not installed: [link type, expression, listing].

export const listings: readonly (readonly [string, string, string])[] = [
  [
    'EN10MB',
    'tcp port 80 and host 10.0.0.1',
    `(000) ldh      [12]
(001) jeq      #0x86dd          jt 17\tjf 2
(002) jeq      #0x800           jt 3\tjf 17
(003) ldb      [23]
(004) jeq      #0x6             jt 5\tjf 17
(005) ldh      [20]
(006) jset     #0x1fff          jt 17\tjf 7
(007) ldxb     4*([14]&0xf)
(008) ldh      [x + 14]
(009) jeq      #0x50            jt 12\tjf 10
(010) ldh      [x + 16]
(011) jeq      #0x50            jt 12\tjf 17
(012) ld       [26]
(013) jeq      #0xa000001       jt 16\tjf 14
(014) ld       [30]
(015) jeq      #0xa000001       jt 16\tjf 17
(016) ret      #262144
(017) ret      #0
`,
  ],
  [
    'EN10MB',
    'tcp[13] & 2 != 0',
    `(000) ldh      [12]
(001) jeq      #0x800           jt 2\tjf 10
(002) ldb      [23]
(003) jeq      #0x6             jt 4\tjf 10
(004) ldh      [20]
(005) jset     #0x1fff          jt 10\tjf 6
(006) ldxb     4*([14]&0xf)
(007) ldb      [x + 27]
(008) jset     #0x2             jt 9\tjf 10
(009) ret      #262144
(010) ret      #0
`,
  ],
  [
    'EN10MB',
    'vlan 5 and ip',
    `(000) ldh      [12]
(001) jeq      #0x8100          jt 4\tjf 2
(002) jeq      #0x88a8          jt 4\tjf 3
(003) jeq      #0x9100          jt 4\tjf 10
(004) ldh      [14]
(005) and      #0xfff
(006) jeq      #0x5             jt 7\tjf 10
(007) ldh      [16]
(008) jeq      #0x800           jt 9\tjf 10
(009) ret      #262144
(010) ret      #0
`,
  ],
  [
    'EN10MB',
    'ip6 host ::1 or arp',
    `(000) ldh      [12]
(001) jeq      #0x86dd          jt 2\tjf 18
(002) ld       [22]
(003) jeq      #0x0             jt 4\tjf 10
(004) ld       [26]
(005) jeq      #0x0             jt 6\tjf 10
(006) ld       [30]
(007) jeq      #0x0             jt 8\tjf 10
(008) ld       [34]
(009) jeq      #0x1             jt 19\tjf 10
(010) ld       [38]
(011) jeq      #0x0             jt 12\tjf 20
(012) ld       [42]
(013) jeq      #0x0             jt 14\tjf 20
(014) ld       [46]
(015) jeq      #0x0             jt 16\tjf 20
(016) ld       [50]
(017) jeq      #0x1             jt 19\tjf 20
(018) jeq      #0x806           jt 19\tjf 20
(019) ret      #262144
(020) ret      #0
`,
  ],
  [
    'RAW',
    'udp port 53',
    `(000) ldb      [0]
(001) and      #0xf0
(002) jeq      #0x60            jt 3\tjf 9
(003) ldb      [6]
(004) jeq      #0x11            jt 5\tjf 22
(005) ldh      [40]
(006) jeq      #0x35            jt 21\tjf 7
(007) ldh      [42]
(008) jeq      #0x35            jt 21\tjf 22
(009) ldb      [0]
(010) and      #0xf0
(011) jeq      #0x40            jt 12\tjf 22
(012) ldb      [9]
(013) jeq      #0x11            jt 14\tjf 22
(014) ldh      [6]
(015) jset     #0x1fff          jt 22\tjf 16
(016) ldxb     4*([0]&0xf)
(017) ldh      [x + 0]
(018) jeq      #0x35            jt 21\tjf 19
(019) ldh      [x + 2]
(020) jeq      #0x35            jt 21\tjf 22
(021) ret      #262144
(022) ret      #0
`,
  ],
  [
    'LINUX_SLL2',
    'icmp or icmp6',
    `(000) ldh      [0]
(001) jeq      #0x800           jt 2\tjf 4
(002) ldb      [29]
(003) jeq      #0x1             jt 10\tjf 11
(004) jeq      #0x86dd          jt 5\tjf 11
(005) ldb      [26]
(006) jeq      #0x3a            jt 10\tjf 7
(007) jeq      #0x2c            jt 8\tjf 11
(008) ldb      [60]
(009) jeq      #0x3a            jt 10\tjf 11
(010) ret      #262144
(011) ret      #0
`,
  ],
  [
    'EN10MB',
    'ip proto 50 or len - 14 > ip[2:2]',
    `(000) ldh      [12]
(001) jeq      #0x800           jt 2\tjf 12
(002) ldb      [23]
(003) jeq      #0x32            jt 11\tjf 4
(004) ld       #pktlen
(005) sub      #14
(006) st       M[1]
(007) ldh      [16]
(008) tax      
(009) ld       M[1]
(010) jgt      x                jt 11\tjf 12
(011) ret      #262144
(012) ret      #0
`,
  ],
  [
    'IEEE802_11_RADIO',
    'type mgt subtype beacon',
    `(000) ldb      [3]
(001) lsh      #8
(002) tax      
(003) ldb      [2]
(004) or       x
(005) tax      
(006) ldb      [x + 0]
(007) and      #0xfc
(008) jeq      #0x80            jt 9\tjf 10
(009) ret      #262144
(010) ret      #0
`,
  ],
  [
    'EN10MB',
    'ip6 protochain 6',
    `(000) ldh      [12]
(001) jeq      #0x86dd          jt 2\tjf 35
(002) ldb      [20]
(003) ldx      #0x28
(004) jeq      #0x6             jt 32\tjf 5
(005) jeq      #0x3b            jt 32\tjf 6
(006) jeq      #0x0             jt 10\tjf 7
(007) jeq      #0x3c            jt 10\tjf 8
(008) jeq      #0x2b            jt 10\tjf 9
(009) jeq      #0x2c            jt 10\tjf 19
(010) ldb      [x + 14]
(011) st       M[0]
(012) ldb      [x + 15]
(013) add      #1
(014) mul      #8
(015) add      x
(016) tax      
(017) ld       M[0]
(018) ja       4
(019) jeq      #0x33            jt 20\tjf 32
(020) txa      
(021) ldb      [x + 14]
(022) st       M[0]
(023) txa      
(024) add      #1
(025) tax      
(026) ldb      [x + 14]
(027) add      #2
(028) mul      #4
(029) tax      
(030) ld       M[0]
(031) ja       4
(032) add      #0
(033) jeq      #0x6             jt 34\tjf 35
(034) ret      #262144
(035) ret      #0
`,
  ],
  [
    'EN10MB',
    'tcp port 80 and (((ip[2:2] - ((ip[0]&0xf)<<2)) - ((tcp[12]&0xf0)>>2)) != 0)',
    `(000) ldh      [12]
(001) jeq      #0x86dd          jt 29\tjf 2
(002) jeq      #0x800           jt 3\tjf 29
(003) ldb      [23]
(004) jeq      #0x6             jt 5\tjf 29
(005) ldh      [20]
(006) jset     #0x1fff          jt 29\tjf 7
(007) ldxb     4*([14]&0xf)
(008) ldh      [x + 14]
(009) jeq      #0x50            jt 12\tjf 10
(010) ldh      [x + 16]
(011) jeq      #0x50            jt 12\tjf 29
(012) ldh      [16]
(013) st       M[1]
(014) ldb      [14]
(015) and      #0xf
(016) lsh      #2
(017) tax      
(018) ld       M[1]
(019) sub      x
(020) st       M[5]
(021) ldxb     4*([14]&0xf)
(022) ldb      [x + 26]
(023) and      #0xf0
(024) rsh      #2
(025) tax      
(026) ld       M[5]
(027) jeq      x                jt 29\tjf 28
(028) ret      #262144
(029) ret      #0
`,
  ],
  [
    'EN10MB',
    'geneve 5 and ip',
    `(000) ldh      [12]
(001) jeq      #0x800           jt 2\tjf 20
(002) ldb      [23]
(003) jeq      #0x11            jt 4\tjf 20
(004) ldh      [20]
(005) jset     #0x1fff          jt 20\tjf 6
(006) ldxb     4*([14]&0xf)
(007) ldh      [x + 16]
(008) jeq      #0x17c1          jt 9\tjf 20
(009) ldxb     4*([14]&0xf)
(010) ldb      [x + 22]
(011) and      #0xc0
(012) jeq      #0x0             jt 13\tjf 20
(013) ldxb     4*([14]&0xf)
(014) ld       [x + 26]
(015) and      #0xffffff00
(016) jeq      #0x500           jt 17\tjf 20
(017) ldxb     4*([14]&0xf)
(018) txa      
(019) jeq      x                jt 35\tjf 20
(020) ldh      [12]
(021) jeq      #0x86dd          jt 22\tjf 60
(022) ldb      [20]
(023) jeq      #0x11            jt 24\tjf 60
(024) ldh      [56]
(025) jeq      #0x17c1          jt 26\tjf 60
(026) ldb      [62]
(027) and      #0xc0
(028) jeq      #0x0             jt 29\tjf 60
(029) ld       [66]
(030) and      #0xffffff00
(031) jeq      #0x500           jt 32\tjf 60
(032) ld       #0x28
(033) tax      
(034) jeq      x                jt 35\tjf 60
(035) add      #22
(036) tax      
(037) add      #2
(038) st       M[0]
(039) ldb      [x + 0]
(040) and      #0x3f
(041) mul      #4
(042) add      #8
(043) add      x
(044) st       M[1]
(045) ldh      [x + 2]
(046) ldx      M[1]
(047) jeq      #0x6558          jt 48\tjf 53
(048) txa      
(049) add      #12
(050) st       M[0]
(051) add      #2
(052) tax      
(053) stx      M[2]
(054) ld       #0x0
(055) jeq      #0x0             jt 56\tjf 60
(056) ldx      M[0]
(057) ldh      [x + 0]
(058) jeq      #0x800           jt 59\tjf 60
(059) ret      #262144
(060) ret      #0
`,
  ],
  [
    'PPP',
    'mpls 7 and ip',
    `(000) ldh      [2]
(001) jeq      #0x281           jt 2\tjf 12
(002) ld       [4]
(003) and      #0xfffff000
(004) jeq      #0x7000          jt 5\tjf 12
(005) ldb      [6]
(006) and      #0x1
(007) jeq      #0x1             jt 8\tjf 12
(008) ldb      [8]
(009) and      #0xf0
(010) jeq      #0x40            jt 11\tjf 12
(011) ret      #262144
(012) ret      #0
`,
  ],
  [
    'EN10MB',
    'decnet src 1.2',
    `(000) ldh      [12]
(001) jeq      #0x6003          jt 2\tjf 23
(002) ldb      [16]
(003) and      #0x7
(004) jeq      #0x2             jt 5\tjf 7
(005) ldh      [19]
(006) jeq      #0x204           jt 22\tjf 7
(007) ldh      [16]
(008) and      #0xff07
(009) jeq      #0x8102          jt 10\tjf 12
(010) ldh      [20]
(011) jeq      #0x204           jt 22\tjf 12
(012) ldb      [16]
(013) and      #0x7
(014) jeq      #0x6             jt 15\tjf 17
(015) ldh      [31]
(016) jeq      #0x204           jt 22\tjf 17
(017) ldh      [16]
(018) and      #0xff07
(019) jeq      #0x8106          jt 20\tjf 23
(020) ldh      [32]
(021) jeq      #0x204           jt 22\tjf 23
(022) ret      #262144
(023) ret      #0
`,
  ],
  [
    'NULL',
    'portrange 10-20',
    `(000) ld       [0]
(001) jeq      #0xa000000       jt 2\tjf 11
(002) ldb      [10]
(003) jeq      #0x84            jt 6\tjf 4
(004) jeq      #0x6             jt 6\tjf 5
(005) jeq      #0x11            jt 6\tjf 26
(006) ldh      [44]
(007) jge      #0xa             jt 8\tjf 9
(008) jgt      #0x14            jt 9\tjf 25
(009) ldh      [46]
(010) jge      #0xa             jt 24\tjf 26
(011) jeq      #0x2000000       jt 12\tjf 26
(012) ldb      [13]
(013) jeq      #0x84            jt 16\tjf 14
(014) jeq      #0x6             jt 16\tjf 15
(015) jeq      #0x11            jt 16\tjf 26
(016) ldh      [10]
(017) jset     #0x1fff          jt 26\tjf 18
(018) ldxb     4*([4]&0xf)
(019) ldh      [x + 4]
(020) jge      #0xa             jt 21\tjf 22
(021) jgt      #0x14            jt 22\tjf 25
(022) ldh      [x + 6]
(023) jge      #0xa             jt 24\tjf 26
(024) jgt      #0x14            jt 26\tjf 25
(025) ret      #262144
(026) ret      #0
`,
  ],
];
