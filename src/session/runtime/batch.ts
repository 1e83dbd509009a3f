// Batches: one JSON object a line in, one a line out, for fuzzers and differential tests. A line that cannot be read gets an
// answer that says why, and the next one is taken.

import { TraceError } from '../../base/error.ts';
import { Machine } from '../../engines/vm/index.ts';
import { attachKind, decode, type Instruction, isWide, mapKind, PseudoLoad, programKind } from '../../isa/index.ts';
import { namesMap } from './code.ts';
import { judge } from './judge.ts';
import type { KernelVerdict } from './kernel.ts';
import { runInKernel } from './kernel-run.ts';
import type { RuntimeMap, RuntimeProgram } from './program.ts';
import { unnamedKind } from './program.ts';
import { RejectedError } from './rejected.ts';
import { type RunEngine, type RunInput, type RunOutcome, withPacket } from './run.ts';
import { runOnMachine } from './vm.ts';

/** What a line asks for. */
export interface BatchRequest {
  readonly id: unknown;
  readonly program: RuntimeProgram;
  readonly input: RunInput;
  readonly unprivileged: boolean;
}

/** A line that cannot be taken. */
export class BatchError extends Error {
  readonly id: unknown;

  constructor(id: unknown, message: string) {
    super(message);
    this.id = id;
  }
}

export interface BatchDefaults {
  /** Kind of programs that do not say theirs. */
  readonly kind: string;
  readonly unprivileged: boolean;
}

/** @throws BatchError */
export function parseBatchLine(line: string, defaults: BatchDefaults): BatchRequest {
  const fields = parseObject(line);
  const id = fields['id'] ?? null;
  try {
    return request(id, fields, defaults);
  } catch (error) {
    throw error instanceof FieldError ? new BatchError(id, error.message) : error;
  }
}

class FieldError extends Error {}

type Fields = Readonly<Record<string, unknown>>;

function parseObject(line: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new BatchError(null, 'the line is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BatchError(null, 'the line is not a JSON object');
  }
  return value as Fields;
}

function request(id: unknown, fields: Fields, defaults: BatchDefaults): BatchRequest {
  const kind = kindOf(fields['type'] ?? defaults.kind, 'type', programKind);
  const attach = fields['attach_type'];
  const maps = listOf(fields, 'maps').map(mapOf);
  const code = hexOf(fields, 'insns');
  if (!code) throw new FieldError("'insns' is missing");
  if (code.length % 8 !== 0) throw new FieldError("'insns' is not eight bytes for each instruction");
  const data = hexOf(fields, 'data');
  const context = hexOf(fields, 'ctx');
  const program: RuntimeProgram = {
    name: 'batch',
    kind,
    ...(attach !== undefined && attach !== null && { attachKind: kindOf(attach, 'attach_type', attachKind) }),
    instructions: fixed(decode(code), listOf(fields, 'map_fixups'), maps.length),
    maps,
    license: typeof fields['license'] === 'string' ? fields['license'] : 'GPL',
    flags: numberOf(fields['flags'] ?? 0, "'flags'"),
    index: 0,
  };
  return {
    id,
    program,
    input: { ...(data && { data }), ...(context && { context }) },
    unprivileged: fields['unprivileged'] === undefined ? defaults.unprivileged : fields['unprivileged'] === true,
  };
}

/** A kind by name, or by the kernel's number; one that the kernel may refuse by its number alone keeps it. */
function kindOf(
  value: unknown,
  field: 'type' | 'attach_type',
  find: (nameOrId: string | number) => { readonly name: string } | undefined,
): string {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) {
    return find(value)?.name ?? unnamedKind(value);
  }
  if (typeof value !== 'string') throw new FieldError(`'${field}' is neither a name nor a number`);
  const found = find(value);
  if (!found) throw new FieldError(`there is no ${field} '${value}'`);
  return found.name;
}

function mapOf(value: unknown, index: number): RuntimeMap {
  if (typeof value !== 'object' || value === null) throw new FieldError(`map ${index} is not an object`);
  const fields = value as Fields;
  const { type } = fields as { readonly type?: unknown };
  const kind = typeof type === 'string' || typeof type === 'number' ? mapKind(type) : undefined;
  if (!kind) throw new FieldError(`map ${index} has no type that is known: ${JSON.stringify(type)}`);
  const size = (name: string): number => numberOf(fields[name] ?? 0, `'${name}' of map ${index}`);
  const inner = fields['inner'];
  return {
    name: `map_${index}`,
    kind: kind.name,
    keySize: size('key_size'),
    valueSize: size('value_size'),
    maxEntries: size('max_entries'),
    flags: size('flags'),
    role: { kind: 'private' },
    ...(inner !== undefined && { inner: mapOf(inner, index) }),
  };
}

function numberOf(value: unknown, what: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffffffff) return value;
  throw new FieldError(`${what} is not a number`);
}

function listOf(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name] ?? [];
  if (!Array.isArray(value)) throw new FieldError(`'${name}' is not a list`);
  return value;
}

function hexOf(fields: Fields, name: string): Uint8Array | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  const bytes = typeof value === 'string' ? Buffer.from(value, 'hex') : undefined;
  // Buffer stops at the first character that is no digit.
  if (!bytes || bytes.length * 2 !== (value as string).length) throw new FieldError(`'${name}' is not hexadecimal`);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** What the immediate of a wide load becomes that names a map and was not fixed up: no descriptor is open for it. */
const NO_MAP = 0x7fffffff;

function fixed(instructions: Instruction[], fixups: readonly unknown[], maps: number): Instruction[] {
  const done = new Set<number>();
  for (const fixup of fixups) {
    const [slot, map] = Array.isArray(fixup) ? (fixup as unknown[]) : [];
    const instruction = typeof slot === 'number' ? instructions[slot] : undefined;
    if (!instruction || !isWide(instruction.code))
      throw new FieldError(`map fix-up ${JSON.stringify(fixup)} names no wide load`);
    if (typeof map !== 'number' || map < 0 || map >= maps || !Number.isInteger(map)) {
      throw new FieldError(`map fix-up ${JSON.stringify(fixup)} names no map`);
    }
    const src = namesMap(instruction.src) ? instruction.src : PseudoLoad.MAP_FD;
    instructions[slot as number] = { ...instruction, src, imm: map };
    done.add(slot as number);
  }
  for (let slot = 0; slot < instructions.length; slot++) {
    const instruction = instructions[slot]!;
    if (!isWide(instruction.code)) continue;
    if (namesMap(instruction.src) && !done.has(slot)) instructions[slot] = { ...instruction, imm: NO_MAP };
    slot++;
  }
  return instructions;
}

// ---- answers

/** Answers one line; the answer has no newline. */
export type BatchAnswer = (line: string) => string;

export interface VerifyBatchOptions extends BatchDefaults {
  /** Ask the running kernel too. */
  readonly kernel?: (program: RuntimeProgram, unprivileged: boolean) => KernelVerdict;
}

export function verifyBatch(options: VerifyBatchOptions): BatchAnswer {
  return answering(options, ({ id, program, unprivileged }) => {
    const ours = answerOf(judge(program, { unprivileged }));
    if (!options.kernel) return { id, ...ours };
    return { id, ...ours, kernel: kernelAnswer(options.kernel, program, unprivileged) };
  });
}

/** Our verdict stands where the kernel cannot be asked. */
function kernelAnswer(
  kernel: NonNullable<VerifyBatchOptions['kernel']>,
  program: RuntimeProgram,
  unprivileged: boolean,
): Record<string, unknown> {
  try {
    return answerOf(kernel(program, unprivileged));
  } catch (error) {
    if (error instanceof TraceError) return { error: error.message };
    throw error;
  }
}

/** A verdict as batches and `--json` print it: error numbers positive, 0 for a program that is accepted. */
export function answerOf(verdict: {
  readonly accepted: boolean;
  readonly errno: number;
  readonly message: string;
  readonly instruction: number;
  readonly processed: number;
}): Record<string, unknown> {
  const { accepted, errno, message, instruction, processed } = verdict;
  return { verdict: accepted ? 'accept' : 'reject', errno: Math.abs(errno), message, instruction, processed };
}

export interface RunBatchOptions extends BatchDefaults {
  readonly engine: RunEngine;
  readonly verify: boolean;
  readonly repeat: number;
  readonly cpus: number;
}

export function runBatch(options: RunBatchOptions): BatchAnswer {
  const machines = new MachinePool(options.cpus);
  return answering(options, ({ id, program, input, unprivileged }) => {
    const given = withPacket(program, { ...input, repeat: options.repeat, omitMaps: true });
    const outcome = runOne(machines, program, given, unprivileged, options);
    const data = outcome.data ?? outcome.context ?? new Uint8Array();
    return { id, retval: outcome.retval, data: Buffer.from(data.buffer, data.byteOffset, data.length).toString('hex') };
  });
}

function runOne(
  machines: MachinePool,
  program: RuntimeProgram,
  input: RunInput,
  unprivileged: boolean,
  { engine, verify, cpus }: RunBatchOptions,
): RunOutcome {
  if (engine === 'kernel') return runInKernel(program, [], input);
  if (verify) {
    const verdict = judge(program, { unprivileged });
    if (!verdict.accepted) throw new RejectedError('verifier', program, verdict);
  }
  return machines.with((machine) => runOnMachine(machine, program, [], input, { engine, checked: !verify, cpus }));
}

function answering(defaults: BatchDefaults, answer: (request: BatchRequest) => Record<string, unknown>): BatchAnswer {
  return (line) => {
    let id: unknown = null;
    try {
      const asked = parseBatchLine(line, defaults);
      id = asked.id;
      return JSON.stringify(answer(asked));
    } catch (error) {
      if (error instanceof BatchError) return JSON.stringify({ id: error.id, error: error.message });
      if (error instanceof RejectedError) return rejected(id, error);
      if (error instanceof TraceError) return JSON.stringify({ id, error: error.message });
      throw error;
    }
  };
}

function rejected(id: unknown, { refusal }: RejectedError): string {
  const { message, instruction } = refusal;
  return JSON.stringify({ id, error: `rejected: ${message}`, errno: Math.abs(refusal.errno), instruction });
}

/**
 * One machine for many programs: V8 reserves gigabytes of addresses for each memory of WebAssembly. It is made anew after a while,
 * because its memory only grows.
 */
class MachinePool {
  readonly #cpus: number;
  #machine: Machine | undefined;
  #uses = 0;

  constructor(cpus: number) {
    this.#cpus = cpus;
  }

  with<T>(use: (machine: Machine) => T): T {
    if (this.#uses++ % USES_OF_MACHINE === 0) this.#machine = undefined;
    this.#machine ??= new Machine({ cpus: this.#cpus });
    const machine = this.#machine;
    try {
      const result = use(machine);
      for (const map of machine.maps) map.close();
      return result;
    } catch (error) {
      // What a run that was stopped left behind is not looked for.
      this.#machine = undefined;
      throw error;
    } finally {
      // Programs stay: the JIT knows them by their number.
      machine.maps.length = 0;
    }
  }
}

const USES_OF_MACHINE = 512;
