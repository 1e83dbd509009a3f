// The seam to the kernel: every system call of the engine that Node does not offer goes through a Sys. The real one stands
// on koffi (native.ts), a fake one for tests on a function (fake.ts).

import type { Attr } from './attr.ts';

/** Memory that a file descriptor stands behind. */
export interface Mapping {
  readonly buffer: ArrayBuffer;
  /**
   * Gives the file's pages back. A view that someone kept reads zeroes afterwards instead of ending the process: the
   * addresses stay reserved, because V8 cannot detach a buffer that it does not own.
   */
  release(): void;
}

/** Fails with SyscallError throughout. */
export interface Sys {
  /** bpf(2). Gives what the call returns: a file descriptor for the commands that open one, else 0. */
  bpf(command: BpfCommand, attr: Attr): number;
  /** perf_event_open(2) with PERF_FLAG_FD_CLOEXEC; gives the file descriptor. */
  perfEventOpen(attr: Attr, pid: number, cpu: number): number;
  /** ioctl(2) with a number as its argument; `name` is for the message. */
  ioctl(fd: number, request: number, argument: number, name: string): void;
  /** Bytes of a page of memory. */
  readonly pageBytes: number;
  /** Maps `length` bytes of a file, shared. */
  mmap(fd: number, length: number, offset: number, writable: boolean): Mapping;
  /** An epoll instance that watches the file descriptors for reading. */
  epoll(watched: readonly number[]): number;
  /** Sleeps off the main thread until one of them is readable or the time is over; resolves to how many are readable. */
  epollWait(epoll: number, milliseconds: number): Promise<number>;
  /** An eventfd(2) that does not block. */
  eventfd(): number;
  /** Makes an eventfd readable. */
  raise(eventfd: number): void;
  /** Makes it unreadable again. */
  lower(eventfd: number): void;
  /** clock_gettime(2) in nanoseconds: time since boot with suspend, or atomic time. */
  clock(clock: 'boot' | 'tai'): bigint;
  /** read(2); 0 at the end. */
  read(fd: number, buffer: Uint8Array): number;
  /** close(2); never fails. */
  close(fd: number): void;
  /** File descriptors that are open through this Sys. */
  readonly open: ReadonlySet<number>;
}

/** Commands of bpf(2) that the engine uses: enum bpf_cmd of include/uapi/linux/bpf.h. */
export const bpfCommands = {
  MAP_CREATE: 0,
  MAP_LOOKUP_ELEM: 1,
  MAP_UPDATE_ELEM: 2,
  MAP_DELETE_ELEM: 3,
  MAP_GET_NEXT_KEY: 4,
  PROG_LOAD: 5,
  OBJ_PIN: 6,
  PROG_TEST_RUN: 10,
  PROG_GET_NEXT_ID: 11,
  PROG_GET_FD_BY_ID: 13,
  OBJ_GET_INFO_BY_FD: 15,
  RAW_TRACEPOINT_OPEN: 17,
  BTF_LOAD: 18,
  BTF_GET_FD_BY_ID: 19,
  MAP_LOOKUP_AND_DELETE_ELEM: 21,
  MAP_FREEZE: 22,
  BTF_GET_NEXT_ID: 23,
  MAP_LOOKUP_BATCH: 24,
  MAP_UPDATE_BATCH: 26,
  MAP_DELETE_BATCH: 27,
  LINK_CREATE: 28,
  ENABLE_STATS: 32,
  ITER_CREATE: 33,
} as const;

export type BpfCommand = keyof typeof bpfCommands;

/** The commands that return a file descriptor. */
export const bpfOpens: ReadonlySet<BpfCommand> = new Set<BpfCommand>([
  'MAP_CREATE',
  'PROG_LOAD',
  'PROG_GET_FD_BY_ID',
  'RAW_TRACEPOINT_OPEN',
  'BTF_LOAD',
  'BTF_GET_FD_BY_ID',
  'LINK_CREATE',
  'ENABLE_STATS',
  'ITER_CREATE',
]);
