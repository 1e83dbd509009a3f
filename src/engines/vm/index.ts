// The vm: a complete BPF runtime.

export { type ClassicPacket, runClassic } from './classic/interpreter.ts';
export { ContextError } from './contexts/prepared.ts';
export { type VmEngineOptions, vmEngine } from './engine.ts';
export type { CurrentTask, EventInfo, ExternalMemory } from './event.ts';
export { type Clock, type Host, portableClock, portableHost } from './host.ts';
export { Interpreter, type InterpreterOptions } from './interpreter.ts';
export { Jit, type JitOptions, type JitProgram } from './jit/jit.ts';
export { jitRunner } from './jit/runner.ts';
export { Machine, type MachineOptions } from './machine.ts';
export { MapError, type MapSpec, VmMap } from './maps/map.ts';
export type { LoadedProgram, VmProgram } from './program.ts';
export { interpret, type Runner, type RunOptions, type RunResult, runDueTimers, runOnce } from './run.ts';
export { type EventSource, type Fire, noEvents, type SourceEvent, type SyscallEvent, TestSource } from './source.ts';
export { Trap } from './trap.ts';
