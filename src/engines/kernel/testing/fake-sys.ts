// A Sys for unit tests: answers come from functions, calls are kept as data.

import type { Attr } from '../sys/attr.ts';
import type { ErrnoName } from '../sys/errno.ts';
import { errnoOf } from '../sys/errno.ts';
import { type BpfCommand, bpfOpens, type Mapping, type Sys } from '../sys/sys.ts';
import { SyscallError } from '../sys/syscall-error.ts';

export interface FakeCall {
  readonly call: string;
  readonly attr?: Attr;
  readonly arguments: readonly number[];
}

export interface FakeAnswers {
  /** May write into the attr's memory and targets; what it returns becomes the result where no descriptor is opened. */
  readonly bpf?: (command: BpfCommand, attr: Attr) => number | undefined;
  readonly perfEventOpen?: (attr: Attr, pid: number, cpu: number) => void;
  readonly ioctl?: (fd: number, request: number, argument: number) => void;
  readonly mmap?: (length: number, offset: number) => ArrayBuffer;
}

export class FakeSys implements Sys {
  readonly calls: FakeCall[] = [];
  readonly pageBytes = 4096;
  readonly open = new Set<number>();
  readonly #answers: FakeAnswers;
  #nextFd = 100;

  constructor(answers: FakeAnswers = {}) {
    this.#answers = answers;
  }

  bpf(command: BpfCommand, attr: Attr): number {
    this.calls.push({ call: command, attr, arguments: [] });
    const result = this.#answers.bpf?.(command, attr);
    return bpfOpens.has(command) ? this.#opened() : (result ?? 0);
  }

  perfEventOpen(attr: Attr, pid: number, cpu: number): number {
    this.calls.push({ call: 'perf_event_open', attr, arguments: [pid, cpu] });
    this.#answers.perfEventOpen?.(attr, pid, cpu);
    return this.#opened();
  }

  ioctl(fd: number, request: number, argument: number): void {
    this.calls.push({ call: 'ioctl', arguments: [fd, request, argument] });
    this.#answers.ioctl?.(fd, request, argument);
  }

  mmap(_fd: number, length: number, offset: number): Mapping {
    return { buffer: this.#answers.mmap?.(length, offset) ?? new ArrayBuffer(length), release: () => {} };
  }

  epoll(): number {
    return this.#opened();
  }

  epollWait(): Promise<number> {
    return Promise.resolve(0);
  }

  eventfd(): number {
    return this.#opened();
  }

  raise(eventfd: number): void {
    this.calls.push({ call: 'raise', arguments: [eventfd] });
  }

  lower(eventfd: number): void {
    this.calls.push({ call: 'lower', arguments: [eventfd] });
  }

  clock(clock: 'boot' | 'tai'): bigint {
    return clock === 'boot' ? 1_000_000_000n : 5_000_000_000n;
  }

  read(): number {
    return 0;
  }

  close(fd: number): void {
    this.calls.push({ call: 'close', arguments: [fd] });
    this.open.delete(fd);
  }

  /** The calls of one name. */
  of(call: string): FakeCall[] {
    return this.calls.filter((made) => made.call === call);
  }

  #opened(): number {
    const fd = this.#nextFd++;
    this.open.add(fd);
    return fd;
  }
}

/** What a call that fails throws. */
export function failure(call: string, name: ErrnoName): SyscallError {
  return new SyscallError(call, errnoOf(name));
}
