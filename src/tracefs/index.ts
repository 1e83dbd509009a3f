// tracefs: tracepoints, their formats, traceable functions; and system calls by number.

export { parseFormat, type TracepointField, type TracepointFormat } from './format.ts';
export {
  parseAvailableEvents,
  parseFilterFunctionAddresses,
  parseFilterFunctions,
  type TraceableFunction,
} from './lists.ts';
export { type SyscallArch, SyscallTable } from './syscalls.ts';
export { Tracefs, type TracepointName } from './tracefs.ts';
