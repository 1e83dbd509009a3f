// What this machine knows of names: hosts, networks, services and protocols from /etc, other hosts from DNS. The tables of the
// filter front end answer where the files do not.

import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { builtinResolver, type HostAddresses, parseIp6, type Resolver } from '../../frontends/filter/index.ts';

/** The lines of a file as words, without comments; none when there is no such file. */
function lines(path: string): string[][] {
  try {
    const text = readFileSync(path, 'utf8');
    return text
      .split('\n')
      .map((line) => line.replace(/#.*/, '').trim())
      .filter((line) => line !== '')
      .map((line) => line.split(/\s+/));
  } catch {
    return [];
  }
}

const once = <T>(make: () => T): (() => T) => {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

const services = once(() => {
  const ports = new Map<string, number>();
  for (const [name, port, ...aliases] of lines('/etc/services')) {
    const [number, transport] = (port ?? '').split('/');
    for (const alias of [name, ...aliases]) {
      const key = `${alias}/${transport}`;
      if (!ports.has(key)) ports.set(key, Number(number));
    }
  }
  return ports;
});

const protocols = once(() => {
  const numbers = new Map<string, number>();
  for (const [name, number, ...aliases] of lines('/etc/protocols')) {
    for (const alias of [name!, ...aliases]) if (!numbers.has(alias)) numbers.set(alias, Number(number));
  }
  return numbers;
});

const networks = once(() => {
  const numbers = new Map<string, number>();
  for (const [name, address, ...aliases] of lines('/etc/networks')) {
    // Trailing zeros are no part of a network's number.
    const parts = (address ?? '').split('.').map(Number);
    while (parts.length > 1 && parts[parts.length - 1] === 0) parts.pop();
    const number = parts.reduce((sum, part) => sum * 256 + part, 0);
    for (const alias of [name!, ...aliases]) numbers.set(alias, number);
  }
  return numbers;
});

const ethers = once(() => {
  const addresses = new Map<string, Uint8Array>();
  for (const [address, name] of lines('/etc/ethers')) {
    const bytes = (address ?? '').split(':').map((part) => Number.parseInt(part, 16));
    if (name && bytes.length === 6) addresses.set(name, Uint8Array.from(bytes));
  }
  return addresses;
});

function ip4Number(text: string): number {
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) >>> 0;
}

/** Hosts that the system's resolver knows, asked for once before the expression is compiled. */
export async function machineResolver(names: readonly string[]): Promise<Resolver> {
  const hosts = new Map<string, HostAddresses>();
  for (const name of names) {
    const found = await lookup(name, { all: true }).catch(() => []);
    const ip4 = found.filter(({ family }) => family === 4).map(({ address }) => ip4Number(address));
    const ip6 = found.filter(({ family }) => family === 6).map(({ address }) => parseIp6(address)!);
    hosts.set(name, { ip4: [...new Set(ip4)], ip6 });
  }
  return {
    host: (name) => hosts.get(name) ?? builtinResolver.host(name),
    network: (name) => networks().get(name) ?? builtinResolver.network(name),
    service: (name, transport) => services().get(`${name}/${transport}`) ?? fallbackService(name, transport),
    protocol: (name) => protocols().get(name) ?? builtinResolver.protocol(name),
    ether: (name) => ethers().get(name),
  };
}

/** A machine with a file of services knows which there are; without one the built-in table answers. */
function fallbackService(name: string, transport: 'tcp' | 'udp' | 'sctp'): number | undefined {
  return services().size > 0 ? undefined : builtinResolver.service(name, transport);
}
