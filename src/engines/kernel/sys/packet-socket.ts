// Packet sockets: packets of an interface as the driver sees them. Node offers no AF_PACKET, so this goes through koffi; the
// classic filter runs in the kernel, and what it drops costs no copy. Source: packet(7), socket(7).

import { closeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { TraceError } from '../../../base/error.ts';
import { type ClassicInstruction, encodeClassic } from '../../../isa/index.ts';
import { errnoOf } from './errno.ts';
import { nativeSys } from './native.ts';
import { SyscallError } from './syscall-error.ts';

type Koffi = typeof import('koffi');

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const ETH_P_ALL = 0x0003;
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const SO_TIMESTAMPNS = 35;
const SO_ATTACH_BPF = 50;
const SOL_PACKET = 263;
const PACKET_STATISTICS = 6;
const PACKET_AUXDATA = 8;
const PACKET_ADD_MEMBERSHIP = 1;
const PACKET_MR_PROMISC = 1;
const MSG_DONTWAIT = 0x40;
const MSG_TRUNC = 0x20;
/** Of tpacket_auxdata.tp_status: the VLAN fields hold something; the TPID too. */
const VLAN_VALID = 1 << 4;
const VLAN_TPID_VALID = 1 << 6;
const CONTROL_BYTES = 256;

interface LibC {
  readonly koffi: Koffi;
  readonly socket: (family: number, type: number, protocol: number) => number;
  readonly bind: (fd: number, address: Uint8Array, length: number) => number;
  readonly setsockopt: (fd: number, level: number, name: number, value: Uint8Array, length: number) => number;
  readonly getsockopt: (fd: number, level: number, name: number, value: Uint8Array, length: Uint32Array) => number;
  readonly recvmsg: (fd: number, message: Uint8Array, flags: number) => number;
}

let shared: LibC | undefined;

function libc(): LibC {
  if (shared) return shared;
  if (process.platform !== 'linux') {
    throw new TraceError('ERR_UNSUPPORTED_PLATFORM', `packet sockets exist on Linux only, not on ${process.platform}`);
  }
  const koffi = createRequire(import.meta.url)('koffi') as Koffi;
  const library = koffi.load(null);
  shared = {
    koffi,
    socket: library.func('int socket(int, int, int)'),
    bind: library.func('int bind(int, void *, uint32_t)'),
    setsockopt: library.func('int setsockopt(int, int, int, void *, uint32_t)'),
    getsockopt: library.func('int getsockopt(int, int, int, void *, void *)'),
    recvmsg: library.func('intptr_t recvmsg(int, void *, int)'),
  };
  return shared;
}

export interface PacketSocketOptions {
  /** Index of the interface, 0 for all. */
  readonly interfaceIndex: number;
  /** Packets begin behind their link-layer header, whose facts come in `ReceivedPacket`. */
  readonly cooked: boolean;
  /** Runs in the kernel over each packet. */
  readonly filter?: readonly ClassicInstruction[] | { readonly programFd: number };
  /** Receive also what is for others on the same wire. */
  readonly promiscuous?: boolean;
  /** The most bytes to take of a packet. */
  readonly snapLength: number;
}

export interface ReceivedPacket {
  readonly bytes: Uint8Array;
  /** Length on the wire. */
  readonly length: number;
  readonly timeNs: bigint;
  /** Ethernet type, index of the interface, kind of hardware, PACKET_HOST and the like, and the sender's address. */
  readonly protocol: number;
  readonly interfaceIndex: number;
  readonly hardware: number;
  readonly way: number;
  readonly address: Uint8Array;
  /** The outermost VLAN tag, which the kernel takes out of the bytes. */
  readonly vlan?: { readonly tci: number; readonly tpid: number };
}

/** An open packet socket. */
export class PacketSocket {
  readonly #fd: number;
  readonly #buffer: Uint8Array;
  readonly #name = new Uint8Array(20);
  readonly #control = new Uint8Array(CONTROL_BYTES);
  readonly #vector = new Uint8Array(16);
  readonly #message = new Uint8Array(56);
  readonly #epoll: number;
  #closed = false;

  constructor(options: PacketSocketOptions) {
    const c = libc();
    // Protocol 0 receives nothing, so no packet slips in before the filter is there.
    this.#fd = c.socket(AF_PACKET, (options.cooked ? SOCK_DGRAM : SOCK_RAW) | SOCK_CLOEXEC, 0);
    if (this.#fd < 0) throw failure('socket(AF_PACKET)');
    this.#buffer = new Uint8Array(Math.min(Math.max(options.snapLength, 1), 1 << 18));
    try {
      if (options.filter) this.#attach(options.filter);
      this.#set(SOL_SOCKET, SO_TIMESTAMPNS, Uint8Array.of(1, 0, 0, 0), 'SO_TIMESTAMPNS');
      this.#set(SOL_PACKET, PACKET_AUXDATA, Uint8Array.of(1, 0, 0, 0), 'PACKET_AUXDATA');
      if (options.promiscuous && options.interfaceIndex > 0) this.#promiscuous(options.interfaceIndex);
      this.#bind(options.interfaceIndex);
      this.#epoll = nativeSys().epoll([this.#fd]);
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
    this.#prepare();
  }

  /** Sleeps off the main thread until there is a packet or the time is over. */
  async wait(milliseconds: number): Promise<void> {
    await nativeSys().epollWait(this.#epoll, milliseconds);
  }

  /** The next packet, or undefined when none is there. */
  receive(): ReceivedPacket | undefined {
    const message = new DataView(this.#message.buffer);
    message.setUint32(8, this.#name.length, true);
    message.setBigUint64(40, BigInt(CONTROL_BYTES), true);
    const length = Number(libc().recvmsg(this.#fd, this.#message, MSG_DONTWAIT | MSG_TRUNC));
    if (length < 0) {
      const errno = libc().koffi.errno();
      if (errno === errnoOf('EAGAIN') || errno === errnoOf('EINTR')) return undefined;
      throw new SyscallError('recvmsg', errno);
    }
    const name = new DataView(this.#name.buffer);
    return {
      bytes: this.#buffer.slice(0, Math.min(length, this.#buffer.length)),
      length,
      protocol: name.getUint16(2),
      interfaceIndex: name.getInt32(4, true),
      hardware: name.getUint16(8, true),
      way: name.getUint8(10),
      address: this.#name.slice(12, 12 + Math.min(8, name.getUint8(11))),
      ...this.#controls(Number(message.getBigUint64(40, true))),
    };
  }

  /** Packets that passed the filter, and those that were dropped because nobody took them; both since the last call. */
  statistics(): { readonly received: number; readonly dropped: number } {
    const value = new Uint8Array(8);
    if (libc().getsockopt(this.#fd, SOL_PACKET, PACKET_STATISTICS, value, Uint32Array.of(8)) < 0) {
      throw failure('getsockopt(PACKET_STATISTICS)');
    }
    const view = new DataView(value.buffer);
    return { received: view.getUint32(0, true), dropped: view.getUint32(4, true) };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    nativeSys().close(this.#epoll);
    closeSync(this.#fd);
  }

  #attach(filter: NonNullable<PacketSocketOptions['filter']>): void {
    if ('programFd' in filter) {
      const value = new Uint8Array(4);
      new DataView(value.buffer).setInt32(0, filter.programFd, true);
      this.#set(SOL_SOCKET, SO_ATTACH_BPF, value, 'SO_ATTACH_BPF');
      return;
    }
    // struct sock_fprog: a length, and a pointer to the instructions.
    const code = encodeClassic(filter);
    const program = new Uint8Array(16);
    const view = new DataView(program.buffer);
    view.setUint16(0, filter.length, true);
    view.setBigUint64(8, BigInt(libc().koffi.address(code)), true);
    this.#set(SOL_SOCKET, SO_ATTACH_FILTER, program, 'SO_ATTACH_FILTER');
    keep(code);
  }

  /** struct packet_mreq. */
  #promiscuous(interfaceIndex: number): void {
    const request = new Uint8Array(16);
    const view = new DataView(request.buffer);
    view.setInt32(0, interfaceIndex, true);
    view.setUint16(4, PACKET_MR_PROMISC, true);
    this.#set(SOL_PACKET, PACKET_ADD_MEMBERSHIP, request, 'PACKET_ADD_MEMBERSHIP');
  }

  /** struct sockaddr_ll; the protocol is in network order. */
  #bind(interfaceIndex: number): void {
    const address = new Uint8Array(20);
    const view = new DataView(address.buffer);
    view.setUint16(0, AF_PACKET, true);
    view.setUint16(2, ETH_P_ALL);
    view.setInt32(4, interfaceIndex, true);
    if (libc().bind(this.#fd, address, address.length) < 0) throw failure('bind(AF_PACKET)');
  }

  #set(level: number, name: number, value: Uint8Array, shown: string): void {
    if (libc().setsockopt(this.#fd, level, name, value, value.length) < 0) throw failure(`setsockopt(${shown})`);
  }

  /** struct msghdr with one struct iovec, on buffers that stay where they are. */
  #prepare(): void {
    const { koffi } = libc();
    const address = (bytes: Uint8Array) => BigInt(koffi.address(bytes));
    const vector = new DataView(this.#vector.buffer);
    vector.setBigUint64(0, address(this.#buffer), true);
    vector.setBigUint64(8, BigInt(this.#buffer.length), true);
    const message = new DataView(this.#message.buffer);
    message.setBigUint64(0, address(this.#name), true);
    message.setBigUint64(16, address(this.#vector), true);
    message.setBigUint64(24, 1n, true);
    message.setBigUint64(32, address(this.#control), true);
  }

  /** Reads the control messages: the time, and the VLAN tag. */
  #controls(length: number): Pick<ReceivedPacket, 'timeNs' | 'vlan'> {
    const view = new DataView(this.#control.buffer);
    let timeNs = 0n;
    let vlan: { tci: number; tpid: number } | undefined;
    for (let at = 0; at + 16 <= length; ) {
      const size = Number(view.getBigUint64(at, true));
      if (size < 16) break;
      const level = view.getInt32(at + 8, true);
      const type = view.getInt32(at + 12, true);
      if (level === SOL_SOCKET && type === SO_TIMESTAMPNS) {
        timeNs = view.getBigInt64(at + 16, true) * 1_000_000_000n + view.getBigInt64(at + 24, true);
      }
      if (level === SOL_PACKET && type === PACKET_AUXDATA) vlan = vlanOf(view, at + 16);
      at += (size + 7) & ~7;
    }
    return vlan ? { timeNs, vlan } : { timeNs };
  }
}

/** struct tpacket_auxdata. */
function vlanOf(view: DataView, at: number): { tci: number; tpid: number } | undefined {
  const status = view.getUint32(at, true);
  if ((status & VLAN_VALID) === 0) return undefined;
  const tpid = (status & VLAN_TPID_VALID) !== 0 ? view.getUint16(at + 18, true) : 0x8100;
  return { tci: view.getUint16(at + 16, true), tpid };
}

function failure(call: string): SyscallError {
  return new SyscallError(call, libc().koffi.errno() || errnoOf('EIO'));
}

let kept: unknown;

/** Keeps a buffer alive until the call that had its address is over. */
function keep(value: unknown): void {
  kept = value;
  if (kept !== undefined) kept = undefined;
}
