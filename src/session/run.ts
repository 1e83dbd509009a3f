// One run of an Image, from loading to the last line: begin probes, attach, pump records, stop, end probes, maps, verdict.
// The order of these steps is bpftrace's.

import { TraceError } from '../base/error.ts';
import type { AttachFailure, Engine, LoadedImage } from '../engines/engine.ts';
import type { Image, RecordHandler } from '../image/index.ts';
import { type ByteSink, createReport, type Names, type Report, verdict } from '../report/index.ts';
import { judgeFailures } from './attach-failures.ts';
import { Captures } from './captures.ts';
import { type Child, processState, startStopped } from './child.ts';
import { recordHost } from './host.ts';
import { ProcessWatch, recordsUserAddresses } from './processes.ts';

export interface RunOptions {
  readonly engine: Engine;
  readonly names: Names;
  readonly format: 'text' | 'json';
  /** Script output. */
  readonly output: ByteSink;
  /** Messages about the run. */
  readonly errors: ByteSink;
  readonly targetPid?: number;
  /** Command to run and trace; the run ends when it ends. */
  readonly command?: string;
  /** Say how many probes are attached. */
  readonly announce: boolean;
  readonly warnings: boolean;
  readonly verbose: boolean;
  /** Stop once everything is attached; nothing is printed. */
  readonly dryRun?: boolean;
  /** May records run commands of the shell? */
  readonly unsafe?: boolean;
  /** Flush after each batch of records, so that a person sees them at once. */
  readonly flush?: 'batch' | 'full';
}

/** Milliseconds after which the loop looks around even if no record arrives. */
const LOOK_AROUND = 100;
/** A run with nothing but these is over when they have run. */
const ENDS_BY_ITSELF: ReadonlySet<string> = new Set(['begin', 'end', 'iter', 'test']);
/** Records handled before the event loop gets a turn, so that signals are seen under full load. */
const BATCH = 65_536;

export class Run {
  readonly #image: Image;
  readonly #options: RunOptions;
  #loaded: LoadedImage | undefined;
  #report: Report | undefined;
  #child: Child | undefined;
  readonly #captures = new Captures();
  #processes: ProcessWatch | undefined;
  #endWatch: (() => void) | undefined;
  #exitCode = 0;
  /** Stop tracing, then print what there is. */
  #stopping = false;
  /** The script called exit(): what probes still send until they are detached is not printed. */
  #exited = false;
  /** Do not even read what is left in the ring. */
  #hurry = false;

  constructor(image: Image, options: RunOptions) {
    this.#image = image;
    this.#options = options;
  }

  /** Ends the run as Ctrl-C does; a second call cuts the reading of the last records short. */
  stop(): void {
    this.#hurry = this.#stopping;
    this.#stopping = true;
    this.#loaded?.wake();
  }

  /** Runs the probes that wait for this signal. */
  signal(name: string): void {
    this.#loaded?.runSignal(name);
    this.#loaded?.wake();
  }

  /** The signals that probes wait for. */
  get signals(): string[] {
    const points = this.#image.programs.flatMap((program) => program.attach);
    return points.flatMap((point) => (point.kind === 'signal' ? [point.signal] : []));
  }

  /**
   * Runs to the end and returns the script's exit code. Everything is closed and flushed then, also after an error.
   * @throws TraceError when the programs cannot be loaded or attached.
   */
  async run(): Promise<number> {
    try {
      await this.#start();
      if (!this.#options.dryRun) {
        await this.#pump();
        this.#finish();
      }
      return this.#exitCode;
    } finally {
      this.#endWatch?.();
      this.#child?.terminate();
      try {
        this.#report?.flush();
      } finally {
        this.#captures.close();
        this.#loaded?.close();
      }
    }
  }

  async #start(): Promise<void> {
    const { engine, command, targetPid, verbose } = this.#options;
    if (this.#image.programs.length === 0) throw new TraceError('ERR_NO_PROBES', 'No probes to attach');
    if (this.#image.programs.every(({ attach }) => attach.every(({ kind }) => kind === 'test'))) {
      throw new TraceError('ERR_ATTACH', 'No probes attached; use --test to run test probes.');
    }
    if (command !== undefined) this.#child = await startStopped(command);
    const loaded = engine.load(this.#image, {
      ...(targetPid === undefined ? {} : { targetPid }),
      ...(this.#child ? { childPid: this.#child.pid } : {}),
      verbose,
    });
    this.#loaded = loaded;
    this.#report = this.#makeReport(loaded);
    loaded.run('begin');
    this.#judge(loaded.attach());
    if (this.#options.announce) this.#report.attached(loaded.attachedCount);
    for (const { program, log } of loaded.logs ?? []) this.#write(`Kernel log of ${program}:\n${log}\n`);
    if (this.#options.dryRun) return;
    this.#processes = this.#watchProcesses();
    const child = this.#child;
    if (!child) return;
    if (this.#processes) this.#endWatch = this.#processes.watchStart(() => child.resume());
    else child.resume();
    child.exited.then(() => {
      this.#stopping = true;
      loaded.wake();
    });
  }

  #makeReport(loaded: LoadedImage): Report {
    const { format, output, errors, names, warnings } = this.#options;
    const host = recordHost(loaded, {
      unsafe: this.#options.unsafe ?? false,
      captures: this.#captures,
      flush: () => this.#report?.flush(),
      exit: (code) => {
        this.#exitCode = code;
        this.#exited = true;
        this.#stopping = true;
      },
    });
    return createReport({ image: this.#image, format, output, errors, names, warnings, host });
  }

  /** What happens about probes that could not be attached: the script says. */
  #judge(failures: readonly AttachFailure[]): void {
    const policy = this.#image.settings.missingProbes;
    if (failures.length === 0 || policy === 'ignore') return;
    const { fatal, tolerable } = judgeFailures(this.#image, failures);
    const sentence = (failure: AttachFailure) =>
      `Unable to attach probe: ${this.#image.probes[failure.attach.probe]}: ${failure.message}`;
    if (policy === 'error' && fatal) {
      throw new TraceError('ERR_ATTACH', sentence(fatal), {
        hints: [...fatal.hints, "If this is expected, set the 'missing_probes' config variable to 'warn'."],
      });
    }
    for (const failure of policy === 'error' ? tolerable : failures) {
      this.#report?.diagnostic({
        code: 'attach',
        severity: 'warning',
        message: sentence(failure),
        hints: failure.hints,
        related: [],
      });
    }
    if (this.#loaded?.attachedCount === 0) throw new TraceError('ERR_ATTACH', 'Attachment failed for all probes.');
  }

  readonly #handle: RecordHandler = (memory, offset, length) => {
    if (!this.#exited) this.#report!.handle(memory, offset, length);
  };

  #write(text: string): void {
    this.#options.errors.write(new TextEncoder().encode(text));
  }

  async #pump(): Promise<void> {
    const loaded = this.#loaded!;
    const report = this.#report!;
    const lasting = this.#image.programs.some((program) =>
      program.attach.some((point) => !ENDS_BY_ITSELF.has(point.kind)),
    );
    const processes = this.#processes;
    for (const piece of loaded.iterate?.() ?? []) this.#options.output.write(piece);
    for (;;) {
      processes?.look();
      const count = loaded.drain(this.#handle, BATCH);
      if (this.#options.flush !== 'full' || count === 0) report.flush();
      if (this.#stopping) return;
      if (count === BATCH) {
        await new Promise((resolve) => setImmediate(resolve));
        continue;
      }
      // While records flow the engine lets them gather for a moment: looking at once would find a few at most.
      if (count === 0 && ((!lasting && !this.#child) || this.#targetIsGone())) return;
      await loaded.wait(LOOK_AROUND);
    }
  }

  #watchProcesses(): ProcessWatch | undefined {
    const { names, targetPid } = this.#options;
    if (!names.remember || !recordsUserAddresses(this.#image)) return undefined;
    return new ProcessWatch((pid) => names.remember?.(pid), targetPid ?? this.#child?.pid);
  }

  #targetIsGone(): boolean {
    const { targetPid } = this.#options;
    if (targetPid === undefined) return false;
    const state = processState(targetPid);
    return state === undefined || state === 'Z';
  }

  #finish(): void {
    const loaded = this.#loaded!;
    const report = this.#report!;
    loaded.detach();
    if (this.#exited) {
      while (!this.#hurry && loaded.drain(this.#handle, BATCH) > 0);
      this.#exited = false;
    }
    loaded.run('end');
    while (!this.#hurry && loaded.drain(this.#handle, BATCH) > 0);
    if (this.#image.settings.printMapsOnExit) report.maps();
    report.flush();
    const missed = verdict(this.#image, loaded.counters());
    if (missed.lost > 0n) report.lost(missed.lost);
    for (const message of missed.messages) {
      report.diagnostic({ code: 'incomplete', severity: 'warning', message, hints: [], related: [] });
    }
  }
}
