// The library of operations: what every front end needs, written once.
//
// How a front end makes a program
//
//   const module = new ModuleBuilder({ license, settings, arch, pidNamespace, reportFailures, wakeup });
//   const map = module.scriptMap({ name: '@', key, value, maxEntries });       // picks the kernel's fastest kind
//   const p = new ProgramBuilder(module, { name: 'begin_1', kind: 'raw_tracepoint' });
//   p.start();                                                                 // frame lookup, counts a hit
//   p.withSpan(span, () => p.scope(() => aggregate(p, map, comm(p))));         // one scope for each statement
//   p.finish([{ kind: 'begin', probe: module.addProbe('begin') }]);
//   const image = link(module.finish());
//
// Values are operands (operand.ts). A scalar is in a register, extended to 64 bits as its type says. A memory operand is
// where a program can read it. A deferred operand (a string, a stack, a tuple, what is under a map's key) is not yet
// anywhere: whoever takes it writes it straight to where it is needed. A deferred operand is used exactly once; `inMemory`
// makes a memory operand of it when it is needed twice or its fields are. Map reads and reads of memory happen when the
// operand is used.
//
// Temporary memory (`p.temp`, `p.stack`, `p.local`) lasts until the end of the innermost `p.scope`. A variable of the
// script in a register is a `p.b.variable(name)`; one that is not scalar is a `p.local(sizeOf(type))`, written with
// `store(p, p.at(local), type, operand)` and read with `load(p, type, p.at(local))`, also from the bodies of loops.
//
// No operation ends the program except `exitRun`, `p.exit` and `p.filter`.

/** The compiler's side: maps, records, probes, the programs themselves. */
export {
  type Architecture,
  aggregationSize,
  bucketCount,
  type DeclaredMapKind,
  ModuleBuilder,
  type ModuleOptions,
  type ScriptMap,
  type ScriptMapOptions,
} from '../module.ts';
export { type Local, type Place, ProgramBuilder, type ProgramOptions } from '../program.ts';

/**
 * What user space is asked to do.
 * sendRecord(p, definition, fields): a record of any kind with these operands: `{ kind: 'printf', format, stream: 'out' }`.
 * printValue(p, operand) · printMap(p, map, top?, div?) · clearMap(p, map) · zeroMap(p, map) · printTime(p, format)
 * exitRun(p, code?): asks for the end of the run and ends this program.
 * join(p, space, array, separator): strings that an array of pointers points to, at most JOIN_STRINGS of JOIN_SIZE bytes.
 */
export {
  clearMap,
  exitRun,
  JOIN_SIZE,
  JOIN_STRINGS,
  join,
  printMap,
  printTime,
  printValue,
  sendRecord,
  zeroMap,
} from './actions.ts';

/**
 * Aggregations.
 * aggregate(p, map, key, value?): `@[key] = sum(value)` and all others, after the map's Aggregation.
 * readAggregation(p, map, key?): the number that it comes to now, over all CPUs (Linux 5.19).
 * aggregationType(map): the type of that number.
 */
export { aggregate, aggregationOf, aggregationType, readAggregation } from './aggregate.ts';

/**
 * Arithmetic on registers.
 * arithmetic(p, operator, a, b, signed): + - * / % & | ^ << >> in 64 bits; a division by zero divides by 1 and says so.
 * compare(p, operator, a, b, signed): == != < <= > >= as 1 or 0; conditionOf(operator, signed) for p.b.if and p.b.branch.
 * negate, complement, not, truth(p, value) · cast(p, value, from, to) · byteSwap(p, value, size)
 */
export {
  type ArithmeticOperator,
  arithmetic,
  byteSwap,
  type ComparisonOperator,
  cast,
  compare,
  complement,
  conditionOf,
  DIVISION_BY_ZERO,
  negate,
  not,
  truth,
} from './arith.ts';

/**
 * Where the program runs; each takes `p` and gives an operand.
 * pid tid uid gid comm cpu randomNumber currentTask cgroupId numaNode jiffies elapsed · nanoseconds(p, clock?)
 * parameter(p, name): a constant of the run (`child-pid`, `cpu-count`, ...) · kernelSymbol(p, name): its address
 * follow(p, address, members, type): `curtask->real_parent->tgid`: all members but the last are pointers.
 * register(p, name) · argument(p, index, space) · returnValue(p): contexts of pt_regs (kprobe, uprobe, perf_event)
 * contextArgument(p, index): contexts that are arrays of u64 (raw tracepoint, fentry, fexit)
 * functionAddress(p) · attachCookie(p) (Linux 5.15) · perCpuAddress(p, symbol, cpu?) · path(p, pointer, size)
 * socketCookie(p, pointer) · tracePrint(p, format, values)
 * signal(p, number, 'process' | 'thread') · overrideReturn(p, value) · writeUser(p, address, from, size)
 */
export {
  argument,
  attachCookie,
  cgroupId,
  comm,
  contextArgument,
  cpu,
  currentTask,
  elapsed,
  follow,
  functionAddress,
  gid,
  jiffies,
  kernelSymbol,
  nanoseconds,
  numaNode,
  overrideReturn,
  parameter,
  path,
  perCpuAddress,
  pid,
  randomNumber,
  register,
  returnValue,
  signal,
  socketCookie,
  tid,
  tracePrint,
  uid,
  writeUser,
} from './builtins.ts';

/**
 * Loops whose body is a function of its own; it is built with the ProgramBuilder `q` that the body gets, and leaves with
 * control.break(), control.continue() or q.exit().
 * forRange(p, from, to, captured, (q, at, control) => ...): numbers (Linux 5.17 unless few and known when compiling)
 * forEachEntry(p, map, captured, (q, key, value, control) => ...): entries of a keyed map (Linux 5.13)
 * subprogram(p, parameters) and callSubprogram(p, subprogram, args, type): functions of the script
 */
export {
  type Captured,
  callSubprogram,
  forEachEntry,
  forRange,
  type Subprogram,
  subprogram,
} from './control.ts';

/**
 * Loops inside the function; the verifier walks every round.
 * loop(p, test, (control) => ..., next?): while · forEachStep(p, from, to, step, (at, control) => ...)
 */
export { forEachStep, type LoopControl, loop, type Test } from './loop.ts';

/**
 * Maps of the script; `key` is undefined for scalar maps.
 * readMap(p, map, key?) · writeMap(p, map, key, value) · deleteKey(p, map, key?): 1 when it was there · hasKey(p, map, key)
 * findKey(p, map, key, (value) => ...): runs only when the key is there; 1 when it is.
 * changeMap(p, map, key, (old) => new): an integer in place, as for `++` and `+=`; gives the value before and after.
 * mapLength(p, map): entries now (Linux 5.13)
 */
export { changeMap, deleteKey, findKey, hasKey, mapLength, plainType, readMap, writeMap } from './maps.ts';

/** Memory of constant size: copy(p, to, from, size) · zero(p, to, size) · equal(p, a, b, size) · storeBytes(p, to, bytes) */
export { after, copy, equal, equalBytes, storeBytes, zero } from './memory.ts';

/** inetAddress(p, address, family?): an integer, 4 or 16 bytes · macAddress(p, bytes) */
export { inetAddress, macAddress } from './network.ts';

/**
 * Operands.
 * scalar(type, register) · memory(type, place) · deferred(type, write) · constantString(p, text, size?)
 * registerOf(operand): the register of a scalar · inMemory(p, operand): an operand that can be read several times
 * load(p, type, place) · store(p, place, type, operand): reads and writes values; store converts strings and tuples
 * build(p, type, elements): a tuple or record of operands · fieldOf(p, operand, field): a field of one in memory
 * bitField(p, value, shift, width, signed)
 */
export {
  bitField,
  build,
  constantString,
  type DeferredOperand,
  deferred,
  fieldOf,
  inMemory,
  load,
  loadScalar,
  type MemoryOperand,
  memory,
  type Operand,
  registerOf,
  type ScalarOperand,
  scalar,
  store,
  type Writer,
} from './operand.ts';

/**
 * Memory of the kernel and of processes.
 * read(p, type, space, address): a scalar now, anything else when it is used; faults are counted and read as zeroes.
 * readString(p, { space, address, size, limit?, asked?, array? }) · readBuffer(p, space, address, size, length) · bufferOf(p, place, size)
 * memberAddress(p, address, member) · loadMember(p, type, base, member): directly, from the context or a trusted pointer
 * element(p, type, array, index, length) and checkedIndex(p, index, length): array accesses that are checked when they run
 * takeBits(p, type, value, shift, width) · untrack(p, pointer): a pointer of the verifier as a plain number
 */
export {
  bufferOf,
  checkedIndex,
  element,
  loadMember,
  type Member,
  memberAddress,
  OUT_OF_BOUNDS,
  read,
  readBuffer,
  readInto,
  readString,
  type Space,
  type StringRead,
  takeBits,
  untrack,
} from './read.ts';

/** send(p, index, fields): a record by its index · problem(p, { message, helper?, severity? }, code?): a warning about the run */
export { helperFailed, type Problem, problem, send } from './records.ts';

/** registerNames(arch): what `register` knows. */
export { registerNames } from './registers.ts';

/** kernelStack(p, mode, limit) · userStack(p, mode, limit) · kernelAddress(p, address) · userAddress(p, address) */
export { kernelAddress, kernelStack, userAddress, userStack } from './stacks.ts';

/**
 * Strings.
 * equalStrings(p, a, b): 1 when equal up to the shorter one · compareStrings(p, a, b, count): 0 when equal (strncmp)
 * stringLength(p, text) · indexOfText(p, text, bytes) · containsText(p, text, bytes)
 */
export { compareStrings, containsText, equalStrings, indexOfText, stringLength } from './strings.ts';
