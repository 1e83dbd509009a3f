// A machine: the linear memory, the maps and programs in it, and the event that it handles now. It knows nothing of how
// programs are run: the interpreter and the JIT both work on one.

import { assert } from '../../base/error.ts';
import type { Packet } from './contexts/packet.ts';
import { type EventInfo, NOBODY } from './event.ts';
import { type Host, portableHost } from './host.ts';
import { Control, MAY_GOTO_LIMIT, MapField, STACK_BASE, STACK_TOP } from './layout.ts';
import { createMap } from './maps/index.ts';
import type { MapHost, MapSpec, VmMap } from './maps/map.ts';
import { LinearMemory } from './memory.ts';
import { type LoadedProgram, resolveProgram, type VmProgram } from './program.ts';
import { Timers } from './timers.ts';

export interface MachineOptions {
  /** CPUs of per-CPU maps; 1 when left out. */
  readonly cpus?: number;
  readonly host?: Partial<Host>;
  /** Of bpf_get_prandom_u32; the same seed gives the same numbers. */
  readonly seed?: number;
  /** Bytes between allocations, for checked runs. */
  readonly guard?: number;
}

export class Machine implements MapHost {
  readonly memory: LinearMemory;
  readonly host: Host;
  readonly cpuCount: number;
  readonly maps: VmMap[] = [];
  readonly programs: LoadedProgram[] = [];
  readonly timers = new Timers();
  /** The event that is handled now. */
  event: EventInfo = NOBODY;
  /** The packet of the present run, for kinds of program that have one. */
  packet: Packet | undefined;
  /** Result of a redirect of this run, for the caller of the run: interface index and flags. */
  redirect: { readonly ifindex: number; readonly flags: number } | undefined;
  /** Address of the context of the present run. */
  context = 0;
  /** The program that the present run began with. */
  program: LoadedProgram | undefined;

  constructor(options: MachineOptions = {}) {
    this.memory = new LinearMemory(options.guard);
    this.host = portableHost(options.host);
    this.cpuCount = options.cpus ?? 1;
    this.memory.setU32(Control.CPU_COUNT, this.cpuCount);
    this.#seed(options.seed ?? 1);
  }

  // ---- CPUs

  get cpu(): number {
    return this.memory.getU32(Control.CPU);
  }

  set cpu(cpu: number) {
    assert(cpu >= 0 && cpu < this.cpuCount, `there is no CPU ${cpu}`);
    this.memory.setU32(Control.CPU, cpu);
  }

  // ---- maps

  /**
   * Makes a map; its index is the number of maps before.
   * @throws MapError with the kernel's error number when there can be no such map.
   */
  createMap(spec: MapSpec): VmMap {
    const map = createMap(this, this.maps.length, spec);
    this.maps.push(map);
    return map;
  }

  map(index: number): VmMap {
    const map = this.maps[index];
    assert(map, `there is no map ${index}`);
    return map;
  }

  mapByIndex(index: number): VmMap | undefined {
    return this.maps[index];
  }

  /** The map of a descriptor's address, or undefined when there is none at that address. */
  mapAt(address: number): VmMap | undefined {
    if (address < Control.CPU || address + MapField.INDEX + 4 > this.memory.length) return undefined;
    const map = this.maps[this.memory.getU32(address + MapField.INDEX)];
    return map?.address === address ? map : undefined;
  }

  wakeRing(map: number): void {
    this.host.ringWakeup(map);
  }

  // ---- programs

  /** @throws MapError EINVAL when the program names what is not there. */
  load(program: VmProgram): LoadedProgram {
    const loaded = resolveProgram(this, program, this.programs.length);
    this.programs.push(loaded);
    return loaded;
  }

  programCount(): number {
    return this.programs.length;
  }

  /** Every run begins here: the stack is zeroed, the counters of a run start anew. */
  beginRun(program: LoadedProgram, context: number): void {
    this.memory.u8.fill(0, STACK_BASE, STACK_TOP);
    this.memory.setU32(Control.TAIL_CALLS, 0);
    this.memory.setU64(Control.MAY_GOTO, MAY_GOTO_LIMIT);
    this.redirect = undefined;
    this.program = program;
    this.context = context;
  }

  // ---- random numbers

  /** The next of bpf_get_prandom_u32, xorshift128: t = x ^ x << 11; x = y; y = z; z = w; w ^= w >>> 19 ^ t ^ t >>> 8. */
  random(): number {
    const { view } = this.memory;
    const at = Control.RANDOM;
    const x = view.getInt32(at, true);
    const w = view.getInt32(at + 12, true);
    const t = x ^ (x << 11);
    const next = w ^ (w >>> 19) ^ t ^ (t >>> 8);
    view.setInt32(at, view.getInt32(at + 4, true), true);
    view.setInt32(at + 4, view.getInt32(at + 8, true), true);
    view.setInt32(at + 8, w, true);
    view.setInt32(at + 12, next, true);
    return next >>> 0;
  }

  #seed(seed: number): void {
    let state = seed | 0;
    for (let word = 0; word < 4; word++) {
      // A Weyl sequence through a mixer: never four zeroes, which xorshift would not leave.
      state = (state + 0x9e3779b9) | 0;
      let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
      mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
      this.memory.setU32(Control.RANDOM + word * 4, (mixed ^ (mixed >>> 16) ^ 1) >>> 0);
    }
  }
}
