// The link types that captures have: their names for people, their numbers in files, and where a filter finds the protocol
// and the payload in a frame. Numbers: the registry of link-layer header types, tcpdump.org/linktypes.html.

import { nearest } from '../../../base/text.ts';

/** How frames of a link say which protocol they carry; see link-protocol.ts. */
export type LinkFamily =
  /** A 16-bit Ethernet type, or below 1501 a length and an 802.2 header. */
  | 'ethernet'
  /** Always an 802.2 header. */
  | 'llc'
  | 'wlan'
  | 'sunatm'
  | 'cisco-hdlc'
  | 'linux-cooked'
  /** Nothing: the packet is IP, and its first four bits say which. */
  | 'raw-ip'
  | 'ipv4'
  | 'ipv6'
  | 'ppp'
  | 'ppp-bsdos'
  /** An address family of the machine that captured, in its byte order (null) or the network's (loop). */
  | 'null'
  | 'loop'
  | 'pflog'
  | 'arcnet'
  | 'localtalk'
  | 'frame-relay'
  | 'ipnet'
  | 'juniper'
  | 'bacnet'
  /** A 16-bit protocol number that is compared as it is. */
  | 'plain'
  /** Frames that filters can look into only with `link[...]`, or with the words made for them. */
  | 'opaque';

export interface LinkType {
  readonly name: string;
  /** Number in capture files. */
  readonly number: number;
  /** What messages call it. */
  readonly description: string;
  readonly family: LinkFamily;
  /** Where the protocol field is; without it the link has none at a fixed place. */
  readonly protocol?: number;
  /** Where the link's header begins, when something stands before it. */
  readonly header?: number;
  /** Where the link's payload begins: an 802.2 header, if there is one, or the network header. */
  readonly payload?: number;
  /** From the payload to the network header, with 802.2 and SNAP between, and with 802.2 only. */
  readonly network?: number;
  readonly networkNoSnap?: number;
}

type Layout = Omit<LinkType, 'name' | 'number' | 'description' | 'family'>;

function entry(name: string, number: number, description: string, family: LinkFamily, layout: Layout = {}): LinkType {
  return { name, number, description, family, ...layout };
}

const llcAt = (at: number): Layout => ({ protocol: at, payload: at, network: 8, networkNoSnap: 3 });
const wlan: Layout = { network: 8, networkNoSnap: 3 };
const juniper = (payload: number, network = 0, networkNoSnap = network - 1): Layout => ({
  payload,
  network,
  networkNoSnap,
});

/** Links that filters understand. */
const understood: readonly LinkType[] = [
  entry('NULL', 0, 'BSD loopback', 'null', { protocol: 0, payload: 4 }),
  entry('EN10MB', 1, 'Ethernet', 'ethernet', { protocol: 12, payload: 14, networkNoSnap: 3 }),
  entry('IEEE802', 6, 'Token ring', 'llc', llcAt(14)),
  entry('ARCNET', 7, 'BSD ARCNET', 'arcnet', { protocol: 2, payload: 6 }),
  entry('SLIP', 8, 'SLIP', 'raw-ip', { payload: 16 }),
  entry('PPP', 9, 'PPP', 'ppp', { protocol: 2, payload: 4 }),
  entry('FDDI', 10, 'FDDI', 'llc', llcAt(13)),
  entry('PPP_SERIAL', 50, 'PPP over serial', 'ppp', { protocol: 2, payload: 4 }),
  entry('PPP_ETHER', 51, 'PPPoE', 'ppp', { protocol: 6, payload: 8 }),
  entry('SYMANTEC_FIREWALL', 99, 'Symantec Firewall', 'plain', { protocol: 6, payload: 44 }),
  entry('ATM_RFC1483', 100, 'RFC 1483 LLC-encapsulated ATM', 'llc', llcAt(0)),
  entry('RAW', 101, 'Raw IP', 'raw-ip', { payload: 0 }),
  entry('SLIP_BSDOS', 102, 'BSD/OS SLIP', 'raw-ip', { payload: 24 }),
  entry('PPP_BSDOS', 103, 'BSD/OS PPP', 'ppp-bsdos', { protocol: 5, payload: 24 }),
  entry('C_HDLC', 104, 'Cisco HDLC', 'cisco-hdlc', { protocol: 2, payload: 4 }),
  entry('IEEE802_11', 105, '802.11', 'wlan', wlan),
  entry('ATM_CLIP', 106, 'Linux Classical IP over ATM', 'llc', llcAt(0)),
  entry('FRELAY', 107, 'Frame Relay', 'frame-relay', { payload: 0 }),
  entry('LOOP', 108, 'OpenBSD loopback', 'loop', { protocol: 0, payload: 4 }),
  entry('ENC', 109, 'OpenBSD encapsulated IP', 'null', { protocol: 0, payload: 12 }),
  entry('LINUX_SLL', 113, 'Linux cooked v1', 'linux-cooked', { protocol: 14, payload: 16 }),
  entry('LTALK', 114, 'Localtalk', 'localtalk', { payload: 0 }),
  entry('PFLOG', 117, 'OpenBSD pflog file', 'pflog', {}),
  entry('PRISM_HEADER', 119, '802.11 plus Prism header', 'wlan', wlan),
  entry('IP_OVER_FC', 122, 'RFC 2625 IP-over-Fibre Channel', 'llc', llcAt(16)),
  entry('SUNATM', 123, 'Sun raw ATM', 'sunatm', llcAt(4)),
  entry('IEEE802_11_RADIO', 127, '802.11 plus radiotap header', 'wlan', wlan),
  entry('ARCNET_LINUX', 129, 'Linux ARCNET', 'arcnet', { protocol: 4, payload: 8 }),
  entry('JUNIPER_MLPPP', 130, 'Juniper Multi-Link PPP', 'juniper', juniper(4)),
  entry('JUNIPER_MLFR', 131, 'Juniper Multi-Link Frame Relay', 'juniper', juniper(4)),
  entry('JUNIPER_GGSN', 133, 'Juniper GGSN PIC', 'juniper', juniper(12)),
  entry('JUNIPER_MFR', 134, 'Juniper FRF.16 Frame Relay', 'juniper', juniper(4)),
  entry('JUNIPER_ATM2', 135, 'Juniper ATM2 PIC', 'juniper', juniper(8, 0, 10)),
  entry('JUNIPER_ATM1', 137, 'Juniper ATM1 PIC', 'juniper', juniper(4, 0, 10)),
  entry('APPLE_IP_OVER_IEEE1394', 138, 'Apple IP-over-IEEE 1394', 'plain', { protocol: 16, payload: 18 }),
  entry('IEEE802_11_RADIO_AVS', 163, '802.11 plus AVS radio information header', 'wlan', wlan),
  entry('JUNIPER_MONITOR', 164, 'Juniper Passive Monitor PIC', 'juniper', juniper(12)),
  entry('BACNET_MS_TP', 165, 'BACnet MS/TP', 'bacnet'),
  entry('PPP_PPPD', 166, 'PPP for pppd, with direction flag', 'ppp', { protocol: 2, payload: 4 }),
  entry('JUNIPER_PPPOE', 167, 'Juniper PPPoE', 'juniper', juniper(18, 14, 17)),
  entry('JUNIPER_PPPOE_ATM', 168, 'Juniper PPPoE/ATM', 'juniper', juniper(6)),
  entry('JUNIPER_ETHER', 178, 'Juniper Ethernet', 'juniper', juniper(18, 14, 17)),
  entry('JUNIPER_PPP', 179, 'Juniper PPP', 'juniper', juniper(4)),
  entry('JUNIPER_FRELAY', 180, 'Juniper Frame Relay', 'juniper', juniper(4)),
  entry('JUNIPER_CHDLC', 181, 'Juniper C-HDLC', 'juniper', juniper(4)),
  entry('PPI', 192, 'Per-Packet Information', 'wlan', wlan),
  entry('IPNET', 226, 'Solaris ipnet', 'ipnet', { protocol: 1, payload: 24, networkNoSnap: -1 }),
  entry('IPV4', 228, 'Raw IPv4', 'ipv4', { payload: 0 }),
  entry('IPV6', 229, 'Raw IPv6', 'ipv6', { payload: 0 }),
  entry('NETANALYZER', 240, 'Ethernet with Hilscher netANALYZER pseudo-header', 'ethernet', {
    header: 4,
    protocol: 16,
    payload: 18,
    networkNoSnap: 3,
  }),
  entry(
    'NETANALYZER_TRANSPARENT',
    241,
    'Ethernet with Hilscher netANALYZER pseudo-header and with preamble and SFD',
    'ethernet',
    { header: 12, protocol: 24, payload: 26, networkNoSnap: 3 },
  ),
  entry('LINUX_SLL2', 276, 'Linux cooked v2', 'plain', { protocol: 0, payload: 20 }),
];

const opaque: readonly (readonly [string, number, string])[] = [
  ['JUNIPER_ES', 132, 'Juniper Encryption Services PIC'],
  ['JUNIPER_SERVICES', 136, 'Juniper Advanced Services PIC'],
  ['MTP2_WITH_PHDR', 139, 'SS7 MTP2 with Pseudo-header'],
  ['MTP2', 140, 'SS7 MTP2'],
  ['MTP3', 141, 'SS7 MTP3'],
  ['SCCP', 142, 'SS7 SCCP'],
  ['DOCSIS', 143, 'DOCSIS'],
  ['LINUX_IRDA', 144, 'Linux IrDA'],
  ['MFR', 182, 'FRF.16 Frame Relay'],
  ['JUNIPER_VP', 183, 'Juniper Voice PIC'],
  ['A429', 184, 'Arinc 429'],
  ['A653_ICM', 185, 'Arinc 653 Interpartition Communication'],
  ['USB_FREEBSD', 186, 'USB with FreeBSD header'],
  ['BLUETOOTH_HCI_H4', 187, 'Bluetooth HCI UART transport layer'],
  ['IEEE802_16_MAC_CPS', 188, 'IEEE 802.16 MAC Common Part Sublayer'],
  ['USB_LINUX', 189, 'USB with Linux header'],
  ['CAN20B', 190, 'Controller Area Network (CAN) v. 2.0B'],
  ['IEEE802_15_4_LINUX', 191, 'IEEE 802.15.4 with Linux padding'],
  ['IEEE802_16_MAC_CPS_RADIO', 193, 'IEEE 802.16 MAC Common Part Sublayer plus radiotap header'],
  ['JUNIPER_ISM', 194, 'Juniper Integrated Service Module'],
  ['IEEE802_15_4', 195, 'IEEE 802.15.4 with FCS'],
  ['SITA', 196, 'SITA pseudo-header'],
  ['ERF', 197, 'Endace ERF header'],
  ['JUNIPER_ST', 200, 'Juniper Secure Tunnel'],
  ['BLUETOOTH_HCI_H4_WITH_PHDR', 201, 'Bluetooth HCI UART transport layer plus pseudo-header'],
  ['AX25_KISS', 202, 'AX.25 with KISS header'],
  ['IPMB_LINUX', 209, 'IPMB with Linux/Pigeon Point pseudo-header'],
  ['IEEE802_15_4_NONASK_PHY', 215, 'IEEE 802.15.4 with non-ASK PHY data'],
  ['USB_LINUX_MMAPPED', 220, 'USB with padded Linux header'],
  ['FC_2', 224, 'Fibre Channel FC-2'],
  ['FC_2_WITH_FRAME_DELIMS', 225, 'Fibre Channel FC-2 with frame delimiters'],
  ['CAN_SOCKETCAN', 227, 'CAN-bus with SocketCAN headers'],
  ['IEEE802_15_4_NOFCS', 230, 'IEEE 802.15.4 without FCS'],
  ['DBUS', 231, 'D-Bus'],
  ['JUNIPER_VS', 232, 'Juniper Virtual Server'],
  ['JUNIPER_SRX_E2E', 233, 'Juniper SRX E2E'],
  ['JUNIPER_FIBRECHANNEL', 234, 'Juniper Fibre Channel'],
  ['DVB_CI', 235, 'DVB-CI'],
  ['MUX27010', 236, 'MUX27010'],
  ['STANAG_5066_D_PDU', 237, 'STANAG 5066 D_PDUs'],
  ['JUNIPER_ATM_CEMIC', 238, 'Juniper ATM CEMIC'],
  ['NFLOG', 239, 'Linux netfilter log messages'],
  ['IPOIB', 242, 'RFC 4391 IP-over-Infiniband'],
  ['MPEG_2_TS', 243, 'MPEG-2 transport stream'],
  ['NG40', 244, 'ng40 protocol tester Iub/Iur'],
  ['NFC_LLCP', 245, 'NFC LLCP PDUs with pseudo-header'],
  ['INFINIBAND', 247, 'InfiniBand'],
  ['SCTP', 248, 'SCTP'],
  ['USBPCAP', 249, 'USB with USBPcap header'],
  ['RTAC_SERIAL', 250, 'Schweitzer Engineering Laboratories RTAC packets'],
  ['BLUETOOTH_LE_LL', 251, 'Bluetooth Low Energy air interface'],
  ['NETLINK', 253, 'Linux netlink'],
  ['BLUETOOTH_LINUX_MONITOR', 254, 'Bluetooth Linux Monitor'],
  ['BLUETOOTH_BREDR_BB', 255, 'Bluetooth Basic Rate/Enhanced Data Rate baseband packets'],
  ['BLUETOOTH_LE_LL_WITH_PHDR', 256, 'Bluetooth Low Energy air interface with pseudo-header'],
  ['PROFIBUS_DL', 257, 'PROFIBUS data link layer'],
  ['PKTAP', 258, 'Apple DLT_PKTAP'],
  ['EPON', 259, 'Ethernet with 802.3 Clause 65 EPON preamble'],
  ['IPMI_HPM_2', 260, 'IPMI trace packets'],
  ['ZWAVE_R1_R2', 261, 'Z-Wave RF profile R1 and R2 packets'],
  ['ZWAVE_R3', 262, 'Z-Wave RF profile R3 packets'],
  ['WATTSTOPPER_DLM', 263, 'WattStopper Digital Lighting Management (DLM) and Legrand Nitoo Open protocol'],
  ['ISO_14443', 264, 'ISO 14443 messages'],
  ['RDS', 265, 'IEC 62106 Radio Data System groups'],
  ['USB_DARWIN', 266, 'USB with Darwin header'],
  ['SDLC', 268, 'IBM SDLC frames'],
  ['VSOCK', 271, 'Linux vsock'],
  ['NORDIC_BLE', 272, 'Nordic Semiconductor Bluetooth LE sniffer frames'],
  ['DOCSIS31_XRA31', 273, 'Excentis XRA-31 DOCSIS 3.1 RF sniffer frames'],
  ['ETHERNET_MPACKET', 274, '802.3br mPackets'],
  ['DISPLAYPORT_AUX', 275, 'DisplayPort AUX channel monitoring data'],
  ['OPENVIZSLA', 278, 'OpenVizsla USB'],
  ['EBHSCR', 279, 'Elektrobit High Speed Capture and Replay (EBHSCR)'],
  ['VPP_DISPATCH', 280, 'VPP graph dispatch tracer'],
  ['DSA_TAG_BRCM', 281, 'Broadcom tag'],
  ['DSA_TAG_BRCM_PREPEND', 282, 'Broadcom tag (prepended)'],
  ['IEEE802_15_4_TAP', 283, 'IEEE 802.15.4 with pseudo-header'],
  ['DSA_TAG_DSA', 284, 'Marvell DSA'],
  ['DSA_TAG_EDSA', 285, 'Marvell EDSA'],
  ['ELEE', 286, 'ELEE lawful intercept packets'],
  ['USB_2_0', 288, 'USB 2.0/1.1/1.0 as transmitted over the cable'],
  ['ATSC_ALP', 289, 'ATSC Link-Layer Protocol packets'],
];

export const LINK_TYPES: readonly LinkType[] = [
  ...understood,
  ...opaque.map(([name, number, description]) => entry(name, number, description, 'opaque')),
].sort((a, b) => a.number - b.number);

const byName = new Map(LINK_TYPES.map((type) => [type.name, type]));
const byNumber = new Map(LINK_TYPES.map((type) => [type.number, type]));
// What the same links are called elsewhere: numbers of the BSDs that files may hold, and common names.
for (const [number, name] of [
  [12, 'RAW'],
  [14, 'RAW'],
  [11, 'ATM_RFC1483'],
] as const) {
  byNumber.set(number, byName.get(name)!);
}

/** The link type of a name as `tcpdump -L` prints it (letter case and a leading DLT_ do not matter). */
export function linkTypeByName(name: string): LinkType | undefined {
  const key = name.toUpperCase().replace(/^DLT_/, '');
  return byName.get(key === 'ETHERNET' ? 'EN10MB' : key);
}

/** The link type of a number in a capture file. */
export function linkTypeByNumber(number: number): LinkType | undefined {
  return byNumber.get(number);
}

/** The name that was probably meant. */
export function nearestLinkType(name: string): string | undefined {
  return nearest(name.toUpperCase(), byName.keys());
}

/** The link types that code generation switches to inside an encapsulation. */
export const ETHERNET: LinkType = byName.get('EN10MB')!;
export const PPP: LinkType = byName.get('PPP')!;
