// The real Sys, through koffi. The library is loaded when the first call is made, because it costs 7 ms of start-up that
// runs without the kernel engine need not pay. Call numbers: arch/x86/entry/syscalls/syscall_64.tbl and
// include/uapi/asm-generic/unistd.h.

import { closeSync, readSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { TraceError } from '../../../base/error.ts';
import type { Attr } from './attr.ts';
import { errnoOf } from './errno.ts';
import { type BpfCommand, bpfCommands, bpfOpens, type Mapping, type Sys } from './sys.ts';
import { SyscallError } from './syscall-error.ts';

type Koffi = typeof import('koffi');

/** bpf(2) and perf_event_open(2) have no function in libc. */
const callNumbers: Readonly<Record<string, { readonly bpf: number; readonly perfEventOpen: number }>> = {
  x64: { bpf: 321, perfEventOpen: 298 },
  arm64: { bpf: 280, perfEventOpen: 241 },
};

const PERF_FLAG_FD_CLOEXEC = 8;
const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const MAP_PRIVATE = 2;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
const MAP_NORESERVE = 0x4000;
const CLOCK_BOOTTIME = 7;
const CLOCK_TAI = 11;
const RLIMIT_MEMLOCK = 8;
const RLIM_INFINITY = 0xffff_ffff_ffff_ffffn;
const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLLIN = 1;
const EFD_CLOEXEC = 0o2000000;
const EFD_NONBLOCK = 0o4000;
const EVENT_ONE = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0);
const EVENTS_AT_ONCE = 4;
// struct epoll_event is packed on x86-64 only; 16 bytes are enough for both layouts.
const EPOLL_EVENT_BYTES = 16;

interface LibC {
  readonly koffi: Koffi;
  readonly syscall: (number: number, a: number, b: number, c: number, d: number, e: number, f: number) => number;
  readonly ioctl: (fd: number, request: number, argument: number) => number;
  readonly mmap: (address: number, length: number, protection: number, flags: number, fd: number, at: number) => number;
  readonly epollCreate: (flags: number) => number;
  readonly epollControl: (epoll: number, operation: number, fd: number, event: Uint8Array) => number;
  readonly epollWaitAsync: (
    epoll: number,
    events: Uint8Array,
    count: number,
    milliseconds: number,
    done: (error: unknown, result: number) => void,
  ) => void;
  readonly clockGettime: (clock: number, time: BigInt64Array) => number;
  readonly setrlimit: (resource: number, limits: BigUint64Array) => number;
  readonly getpagesize: () => number;
  readonly eventfd: (initial: number, flags: number) => number;
}

class NativeSys implements Sys {
  readonly #open = new Set<number>();
  #libc: LibC | undefined;
  #unlimited = false;

  get open(): ReadonlySet<number> {
    return this.#open;
  }

  get pageBytes(): number {
    return this.#c.getpagesize();
  }

  bpf(command: BpfCommand, attr: Attr): number {
    this.#unlimitMemlock();
    const result = this.#withAttr(attr, (libc, address, length) =>
      libc.syscall(numbers().bpf, bpfCommands[command], address, length, 0, 0, 0),
    );
    if (result < 0) throw this.#failure(`bpf(BPF_${command})`);
    if (bpfOpens.has(command)) this.#open.add(result);
    return result;
  }

  perfEventOpen(attr: Attr, pid: number, cpu: number): number {
    const fd = this.#withAttr(attr, (libc, address) =>
      libc.syscall(numbers().perfEventOpen, address, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC, 0),
    );
    return this.#opened(fd, 'perf_event_open');
  }

  ioctl(fd: number, request: number, argument: number, name: string): void {
    if (this.#c.ioctl(fd, request, argument) < 0) throw this.#failure(`ioctl(${name})`);
  }

  mmap(fd: number, length: number, offset: number, writable: boolean): Mapping {
    const libc = this.#c;
    const address = libc.mmap(0, length, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, offset);
    if (address === -1) throw this.#failure('mmap');
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      // Reading a view of unmapped memory is a SIGSEGV, so empty pages take the place of the file's.
      const flags = MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_NORESERVE;
      libc.mmap(address, length, PROT_READ | PROT_WRITE, flags, -1, 0);
    };
    return { buffer: libc.koffi.view(address, length), release };
  }

  epoll(watched: readonly number[]): number {
    const epoll = this.#opened(this.#c.epollCreate(EPOLL_CLOEXEC), 'epoll_create1');
    const event = new Uint8Array(EPOLL_EVENT_BYTES);
    event[0] = EPOLLIN;
    for (const fd of watched) {
      if (this.#c.epollControl(epoll, EPOLL_CTL_ADD, fd, event) >= 0) continue;
      const failure = this.#failure('epoll_ctl');
      this.close(epoll);
      throw failure;
    }
    return epoll;
  }

  epollWait(epoll: number, milliseconds: number): Promise<number> {
    const events = new Uint8Array(EPOLL_EVENT_BYTES * EVENTS_AT_ONCE);
    return new Promise((resolve, reject) => {
      this.#c.epollWaitAsync(epoll, events, EVENTS_AT_ONCE, milliseconds, (error, result) => {
        keepAlive(events);
        // A signal or a closed descriptor ends the wait early; whoever waits looks for itself what there is.
        if (error) reject(error);
        else resolve(Math.max(0, result));
      });
    });
  }

  eventfd(): number {
    return this.#opened(this.#c.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), 'eventfd');
  }

  raise(eventfd: number): void {
    writeSync(eventfd, EVENT_ONE);
  }

  lower(eventfd: number): void {
    try {
      readSync(eventfd, new Uint8Array(8));
    } catch (error) {
      // It was not raised.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }

  clock(clock: 'boot' | 'tai'): bigint {
    const time = new BigInt64Array(2);
    if (this.#c.clockGettime(clock === 'boot' ? CLOCK_BOOTTIME : CLOCK_TAI, time) < 0)
      throw this.#failure('clock_gettime');
    return time[0]! * 1_000_000_000n + time[1]!;
  }

  read(fd: number, buffer: Uint8Array): number {
    return readSync(fd, buffer);
  }

  close(fd: number): void {
    if (!this.#open.delete(fd)) return;
    closeSync(fd);
  }

  get #c(): LibC {
    this.#libc ??= loadLibC();
    return this.#libc;
  }

  /** Kernels before 5.11 charge maps and programs to RLIMIT_MEMLOCK, which is 64 KiB; newer ones do not look at it. */
  #unlimitMemlock(): void {
    if (this.#unlimited) return;
    this.#unlimited = true;
    // Without CAP_SYS_RESOURCE it cannot be raised, and BPF will say what it lacks.
    this.#c.setrlimit(RLIMIT_MEMLOCK, new BigUint64Array([RLIM_INFINITY, RLIM_INFINITY]));
  }

  #opened(fd: number, call: string): number {
    if (fd < 0) throw this.#failure(call);
    this.#open.add(fd);
    return fd;
  }

  /** Calls with the address of the structure, its pointers filled in; all buffers stay referenced until it returns. */
  #withAttr(attr: Attr, call: (libc: LibC, address: number, length: number) => number): number {
    const libc = this.#c;
    const address = resolve(libc.koffi, attr);
    const result = call(libc, address, attr.memory.length);
    this.#errno = result < 0 ? libc.koffi.errno() : 0;
    keepAlive(attr);
    return result;
  }

  #errno = 0;

  /** errno is only meaningful straight after a failure. */
  #failure(call: string): SyscallError {
    const errno = this.#errno || this.#c.koffi.errno();
    this.#errno = 0;
    return new SyscallError(call, errno || errnoOf('EIO'));
  }
}

/** Fills in the pointers of a structure and of those that it points to; gives its own address. */
function resolve(koffi: Koffi, attr: Attr): number {
  const bytes = attr.memory;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const { offset, target } of attr.pointers) {
    const address = target instanceof Uint8Array ? Number(koffi.address(target)) : resolve(koffi, target);
    view.setBigUint64(offset, BigInt(address), true);
  }
  return Number(koffi.address(bytes));
}

let kept: unknown;

/** The optimiser may drop a buffer after its last use, which for it is when the address was taken. */
function keepAlive(...values: unknown[]): void {
  kept = values;
  if (kept !== undefined) kept = undefined;
}

function numbers(): { readonly bpf: number; readonly perfEventOpen: number } {
  const found = callNumbers[process.arch];
  if (!found) {
    throw new TraceError('ERR_UNSUPPORTED_PLATFORM', `the kernel engine does not know the processor ${process.arch}`);
  }
  return found;
}

function loadLibC(): LibC {
  if (process.platform !== 'linux') {
    throw new TraceError(
      'ERR_UNSUPPORTED_PLATFORM',
      `BPF programs can be loaded on Linux only, not on ${process.platform}`,
      {
        hints: ['the vm engine runs on every platform'],
      },
    );
  }
  const koffi = createRequire(import.meta.url)('koffi') as Koffi;
  const library = koffi.load(null);
  const epollWait = library.func('int epoll_wait(int, void *, int, int)');
  return {
    koffi,
    syscall: library.func('long syscall(long, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t)'),
    ioctl: library.func('int ioctl(int, unsigned long, int64_t)'),
    mmap: library.func('intptr_t mmap(intptr_t, size_t, int, int, int, int64_t)'),
    epollCreate: library.func('int epoll_create1(int)'),
    epollControl: library.func('int epoll_ctl(int, int, int, void *)'),
    epollWaitAsync: epollWait.async,
    clockGettime: library.func('int clock_gettime(int, void *)'),
    setrlimit: library.func('int setrlimit(int, void *)'),
    getpagesize: library.func('int getpagesize()'),
    eventfd: library.func('int eventfd(unsigned int, int)'),
  };
}

let shared: Sys | undefined;

/** The Sys of this process. */
export function nativeSys(): Sys {
  shared ??= new NativeSys();
  return shared;
}
