// Packets of a live interface, through a packet socket. The filter runs in the kernel where the kernel takes it; else here.

import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { TraceError } from '../../base/error.ts';
import { PacketSocket, type ReceivedPacket } from '../../engines/kernel/sys/packet-socket.ts';
import { isErrno } from '../../engines/kernel/sys/syscall-error.ts';
import { runClassic } from '../../engines/vm/classic/interpreter.ts';
import { type LinkType, linkTypeByName } from '../../frontends/filter/index.ts';
import { type ClassicInstruction, validateClassic } from '../../isa/index.ts';
import type { CapturedPacket } from './source.ts';

/** An interface by its name, or `any` for all. */
export interface LiveInterface {
  readonly name: string;
  /** 0 for all. */
  readonly index: number;
  readonly link: LinkType;
}

/** Kinds of hardware whose frames begin like a link type that filters know: include/uapi/linux/if_arp.h. */
const linkNames: Readonly<Record<number, string>> = {
  1: 'EN10MB',
  772: 'EN10MB',
  801: 'IEEE802_11',
  802: 'PRISM_HEADER',
  803: 'IEEE802_11_RADIO',
  768: 'RAW',
  769: 'RAW',
  776: 'RAW',
  778: 'RAW',
  519: 'RAW',
  65534: 'RAW',
  512: 'RAW',
};
const LOOPBACK = 772;
const PACKET_OUTGOING = 4;
const COOKED_BYTES = 20;

/** @throws TraceError when there is no such interface. */
export function findInterface(name: string): LiveInterface {
  if (name === 'any') return { name, index: 0, link: linkTypeByName('LINUX_SLL2')! };
  const read = (file: string) => Number(readFileSync(`/sys/class/net/${name}/${file}`, 'utf8'));
  let index: number;
  let hardware: number;
  try {
    if (name === '' || name.includes('/') || name.startsWith('.')) throw new Error('no name of an interface');
    index = read('ifindex');
    hardware = read('type');
  } catch (cause) {
    throw new TraceError('ERR_INTERFACE', `There is no interface ${name}.`, {
      cause,
      hints: ['`ip link` lists them.'],
    });
  }
  const link = linkTypeByName(linkNames[hardware] ?? '');
  if (!link) {
    throw new TraceError('ERR_INTERFACE', `Frames of ${name} are of kind ${hardware}, which cannot be filtered yet.`, {
      hints: ['-i any sees its packets behind their link-layer header.'],
    });
  }
  return { name, index, link };
}

/** The mask of an interface's IPv4 network, for `ip broadcast`; 0 where there is no broadcast. */
export function netmaskOf(name: string): number {
  const address = networkInterfaces()[name]?.find(({ family, internal }) => family === 'IPv4' && !internal);
  return address ? address.netmask.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) : 0;
}

export interface LiveOptions {
  readonly from: LiveInterface;
  readonly program: readonly ClassicInstruction[];
  readonly snapLength: number;
  readonly promiscuous: boolean;
  /** An eBPF program that takes the place of the classic one in the kernel. */
  readonly programFd?: number;
}

/** An interface that is listened to. */
export class LiveCapture {
  readonly #socket: PacketSocket;
  readonly #options: LiveOptions;
  readonly #loopback: boolean;
  /** Packets that the kernel has not filtered. */
  readonly #filterHere: boolean;
  #stopped = false;

  constructor(options: LiveOptions) {
    const { from, program, snapLength, promiscuous } = options;
    this.#options = options;
    // Cooked packets get their header here, after a filter in the kernel would have run.
    this.#filterHere = from.index === 0 || (options.programFd === undefined && validateClassic(program) !== undefined);
    this.#loopback = from.index !== 0 && isLoopback(from.name);
    const filter = options.programFd === undefined ? program : { programFd: options.programFd };
    try {
      this.#socket = new PacketSocket({
        interfaceIndex: from.index,
        cooked: from.index === 0,
        promiscuous,
        snapLength,
        ...(!this.#filterHere && { filter }),
      });
    } catch (error) {
      throw isErrno(error, 'EPERM', 'EACCES') ? denied(from.name, error) : error;
    }
  }

  /** Packets as they come, until `stop`. */
  async *packets(): AsyncGenerator<CapturedPacket> {
    try {
      while (!this.#stopped) {
        let received = this.#socket.receive();
        if (!received) await this.#socket.wait(100);
        for (; received && !this.#stopped; received = this.#socket.receive()) {
          const packet = this.#accepted(received);
          if (packet) yield packet;
        }
      }
    } finally {
      this.#socket.close();
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  /** What the kernel counted since the last time. */
  statistics(): { readonly received: number; readonly dropped: number } {
    return this.#socket.statistics();
  }

  #accepted(received: ReceivedPacket): CapturedPacket | undefined {
    // A packet on the loopback is seen as it leaves and as it arrives.
    const loops = this.#loopback || received.hardware === LOOPBACK;
    if (loops && received.way === PACKET_OUTGOING) return undefined;
    const { program, from } = this.#options;
    const packet = from.index === 0 ? cooked(received) : tagged(received);
    const shown = { ...packet, timeNs: received.timeNs, link: from.link.number };
    if (!this.#filterHere) return shown;
    const ancillary = { type: received.way, ifidx: received.interfaceIndex, proto: received.protocol };
    return runClassic(program, { ...packet, ancillary }) === 0 ? undefined : shown;
  }
}

function isLoopback(name: string): boolean {
  return Number(readFileSync(`/sys/class/net/${name}/type`, 'utf8')) === LOOPBACK;
}

function denied(name: string, cause: unknown): TraceError {
  return new TraceError('ERR_BPF_PERMISSION', `Listening to ${name} is not permitted.`, {
    cause,
    hints: ['It needs CAP_NET_RAW; run beetrace as root.'],
  });
}

type Frame = Pick<CapturedPacket, 'bytes' | 'length'> & { readonly length: number };

/** The packet behind a Linux cooked header, version 2. Source: LINKTYPE_LINUX_SLL2. */
function cooked(received: ReceivedPacket): Frame {
  const bytes = new Uint8Array(COOKED_BYTES + received.bytes.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, received.protocol);
  view.setUint32(4, received.interfaceIndex);
  view.setUint16(8, received.hardware);
  view.setUint8(10, received.way);
  view.setUint8(11, received.address.length);
  bytes.set(received.address, 12);
  bytes.set(received.bytes, COOKED_BYTES);
  return { bytes, length: received.length + COOKED_BYTES };
}

/** The packet with the VLAN tag where it was on the wire. */
function tagged({ bytes, length, vlan }: ReceivedPacket): Frame {
  if (!vlan || bytes.length < 12) return { bytes, length };
  const whole = new Uint8Array(bytes.length + 4);
  whole.set(bytes.subarray(0, 12));
  const view = new DataView(whole.buffer);
  view.setUint16(12, vlan.tpid);
  view.setUint16(14, vlan.tci);
  whole.set(bytes.subarray(12), 16);
  return { bytes: whole, length: length + 4 };
}
