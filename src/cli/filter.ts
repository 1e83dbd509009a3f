// `beetrace filter`: the packet-filter language. Prints the program of an expression, or filters a capture file or an interface.

import { renderDiagnostic } from '../base/diagnostic.ts';
import { linkTypeByName, nearestLinkType } from '../frontends/filter/index.ts';
import { type FilterOutput, type FilterRun, runFilter } from '../session/capture/run.ts';
import { UsageError } from './options.ts';
import { BrokenPipe, DescriptorSink, fileSink } from './sink.ts';

const USAGE = `Usage: beetrace filter EXPRESSION [-d | -dd | -ddd] [-O] [-y LINKTYPE] [-s SNAPLEN] [--ebpf]
       beetrace filter EXPRESSION -r FILE.pcap [-w OUT.pcap] [-c COUNT]
       beetrace filter EXPRESSION -i INTERFACE [-w OUT.pcap] [-c COUNT]

Without -r and -i it prints the program of the expression, as tcpdump -d does.
  -d, -dd, -ddd   print the program: as a listing, as a C array, as decimal numbers
  -O              do not optimise
  -y LINKTYPE     what packets begin with: EN10MB (default), RAW, LINUX_SLL, IEEE802_11_RADIO, ...
  -s SNAPLEN      keep this many bytes of a packet (default 262144)
  -r FILE         filter a pcap or pcapng file; - is standard input
  -i INTERFACE    filter what an interface sees; any is all of them
  -p              do not ask the interface for packets to others
  -w FILE         write packets to a pcap file; - is standard output
  -c COUNT        end after so many packets
  --ebpf          print the eBPF form, or filter with it
`;

/** Options with a value, by their letter. */
const VALUED: ReadonlySet<string> = new Set(['y', 's', 'r', 'w', 'i', 'c']);
/** `-n` is what people type for tcpdump; names are never looked up here anyway. */
const SWITCHES: ReadonlySet<string> = new Set(['d', 'O', 'p', 'n', 'h']);

interface Parsed {
  readonly values: Readonly<Partial<Record<string, string>>>;
  /** How often each switch was given. */
  readonly counts: Readonly<Partial<Record<string, number>>>;
  readonly expression: string;
}

export async function run(words: readonly string[]): Promise<number> {
  const parsed = parse(words);
  if (parsed.counts['h'] || words.length === 0) {
    (parsed.counts['h'] ? process.stdout : process.stderr).write(USAGE);
    return parsed.counts['h'] ? 0 : 1;
  }
  const request = toRequest(parsed);
  const sink = request.write === undefined || request.write === '-' ? new DescriptorSink(1) : fileSink(request.write);
  const output: FilterOutput = {
    write: (bytes) => sink.write(bytes),
    say: (text) => process.stderr.write(text),
    onStop: (stop) => process.on('SIGINT', stop).on('SIGTERM', stop),
  };
  try {
    const diagnostic = await runFilter(request, output);
    if (!diagnostic) return 0;
    process.stderr.write(renderDiagnostic(diagnostic));
    return 1;
  } catch (error) {
    if (error instanceof BrokenPipe) return 0;
    throw error;
  } finally {
    sink.close();
  }
}

function toRequest({ values, counts, expression }: Parsed): FilterRun {
  if (values['r'] !== undefined && values['i'] !== undefined) {
    throw new UsageError('-r and -i cannot be given together: packets come from a file or from an interface.');
  }
  const prints = counts['d'] !== undefined || (values['r'] === undefined && values['i'] === undefined);
  return {
    expression,
    optimise: counts['O'] === undefined,
    ebpf: counts['ebpf'] !== undefined,
    promiscuous: counts['p'] === undefined,
    snapLength: number(values['s'], '-s') || 262_144,
    ...(values['y'] !== undefined && { link: linkType(values['y']) }),
    ...(values['r'] !== undefined && { read: values['r'] }),
    ...(values['i'] !== undefined && { interface: values['i'] }),
    ...(values['w'] !== undefined && { write: values['w'] }),
    ...(values['c'] !== undefined && { count: number(values['c'], '-c') }),
    ...(prints && { print: Math.min(counts['d'] ?? 1, 3) as 1 | 2 | 3 }),
  };
}

function linkType(name: string) {
  const found = linkTypeByName(name);
  if (found) return found;
  const near = nearestLinkType(name);
  throw new UsageError(`There is no link type ${name}.`, near ? [`Did you mean ${near}?`] : []);
}

function number(text: string | undefined, option: string): number {
  if (text === undefined) return 0;
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`Option ${option} needs a number, not '${text}'.`);
  return Number(text);
}

/** Options may stand anywhere; what is none is the expression, its words joined as tcpdump joins them. */
function parse(words: readonly string[]): Parsed {
  const values: Partial<Record<string, string>> = {};
  const counts: Partial<Record<string, number>> = {};
  const expression: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    if (word === '--') {
      expression.push(...words.slice(index + 1));
      break;
    }
    if (word === '--ebpf') counts['ebpf'] = 1;
    else if (word === '--help') counts['h'] = 1;
    else if (word.startsWith('--')) throw new UsageError(`Unknown option ${word}.`, ['beetrace filter --help']);
    else if (word.length > 1 && word.startsWith('-')) index += readShort(word, words[index + 1], values, counts);
    else expression.push(word);
  }
  return { values, counts, expression: expression.join(' ') };
}

/** Reads switches run together and a value attached or following; gives how many further words it took. */
function readShort(
  word: string,
  next: string | undefined,
  values: Partial<Record<string, string>>,
  counts: Partial<Record<string, number>>,
): number {
  for (let at = 1; at < word.length; at++) {
    const letter = word[at]!;
    if (SWITCHES.has(letter)) {
      counts[letter] = (counts[letter] ?? 0) + 1;
      continue;
    }
    if (!VALUED.has(letter)) throw new UsageError(`Unknown option -${letter}.`, ['beetrace filter --help']);
    const attached = word.slice(at + 1);
    const value = attached === '' ? next : attached;
    if (value === undefined) throw new UsageError(`Option -${letter} needs a value.`);
    values[letter] = value;
    return attached === '' ? 1 : 0;
  }
  return 0;
}
