// How names in an expression become numbers. What a machine knows of them (hosts, services, DNS) is handed in, because this
// front end runs where there is no machine to ask.

export type Transport = 'tcp' | 'udp' | 'sctp';

export interface HostAddresses {
  /** IPv4 addresses as unsigned numbers, the first byte highest. */
  readonly ip4: readonly number[];
  /** IPv6 addresses, sixteen bytes each. */
  readonly ip6: readonly Uint8Array[];
}

/** Each function gives undefined for a name that it does not know. */
export interface Resolver {
  host(name: string): HostAddresses | undefined;
  /** A network by its name, as a number in which the host part may be missing: 127 for loopback. */
  network(name: string): number | undefined;
  /** The port of a service. */
  service(name: string, transport: Transport): number | undefined;
  /** The number of an IP protocol. */
  protocol(name: string): number | undefined;
  /** The MAC address of a host. */
  ether(name: string): Uint8Array | undefined;
}
