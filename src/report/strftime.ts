// strftime in the C locale and the local time zone, with the conversions of glibc and bpftrace's own for parts of a
// second. A format is compiled once; whatever stays the same within a second is rendered once a second.

import { utf8Bytes } from '../base/bytes.ts';
import type { OutputBuffer } from './output-buffer.ts';

/** Writes a time given as seconds since 1970 and the nanoseconds after them. */
export type TimeWriter = (out: OutputBuffer, seconds: number, nanoseconds: number) => void;

export interface TimeOptions {
  /** `%k` are nanoseconds and `%l` milliseconds instead of hours padded with spaces, as in bpftrace's strftime(). */
  readonly subseconds: boolean;
}

type Piece = string | Specifier | Subsecond;

interface Specifier {
  readonly letter: string;
  readonly flags: string;
  readonly width: number;
  readonly text: string;
}

/** Digits of the fraction of a second. */
interface Subsecond {
  readonly digits: 3 | 6 | 9;
}

const SPECIFIER = /%([_\-0^#]*)(\d*)[EO]?([a-zA-Z%])/g;
const MAX_WIDTH = 255;

/** Makes the function that writes times of one format. */
export function compileTime(format: string, options: TimeOptions): TimeWriter {
  const groups = groupPieces(parseFormat(format, options));
  let second = Number.NaN;
  let rendered: Uint8Array[] = [];
  return (out, seconds, nanoseconds) => {
    if (seconds !== second) {
      const date = new Date(seconds * 1000);
      rendered = groups.map((group) => ('digits' in group ? EMPTY : utf8Bytes(renderAll(group.pieces, date))));
      second = seconds;
    }
    for (let index = 0; index < groups.length; index++) {
      const group = groups[index]!;
      if ('digits' in group) out.padded(Math.floor(nanoseconds / 10 ** (9 - group.digits)), group.digits);
      else out.copy(rendered[index]!);
    }
  };
}

const EMPTY = new Uint8Array(0);

/** A time as text, for what is printed rarely. */
export function formatTime(format: string, seconds: number): string {
  return renderAll(parseFormat(format, { subseconds: false }), new Date(seconds * 1000));
}

type Group = Subsecond | { readonly pieces: (string | Specifier)[] };

function groupPieces(pieces: readonly Piece[]): Group[] {
  const groups: Group[] = [];
  for (const piece of pieces) {
    const last = groups.at(-1);
    if (typeof piece !== 'string' && 'digits' in piece) groups.push(piece);
    else if (last && 'pieces' in last) last.pieces.push(piece);
    else groups.push({ pieces: [piece] });
  }
  return groups;
}

function parseFormat(format: string, { subseconds }: TimeOptions): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of format.matchAll(SPECIFIER)) {
    if (match.index > end) pieces.push(format.slice(end, match.index));
    end = match.index + match[0].length;
    const [text, flags, width, letter] = match;
    if (letter === 'f') pieces.push({ digits: 6 });
    else if (subseconds && letter === 'k') pieces.push({ digits: 9 });
    else if (subseconds && letter === 'l') pieces.push({ digits: 3 });
    else pieces.push({ letter: letter!, flags: flags!, width: Math.min(MAX_WIDTH, Number(width)), text });
  }
  if (end < format.length) pieces.push(format.slice(end));
  return pieces;
}

function renderAll(pieces: readonly Piece[], date: Date): string {
  if (Number.isNaN(date.getTime())) return '';
  return pieces
    .map((piece) => (typeof piece === 'string' ? piece : 'letter' in piece ? render(piece, date) : ''))
    .join('');
}

function render({ letter, flags, width, text }: Specifier, date: Date): string {
  const number = NUMBERS[letter];
  if (number) {
    const pad = flags.includes('-') ? '' : flags.includes('_') ? ' ' : flags.includes('0') ? '0' : number.pad;
    const digits = Math.max(width, number.digits);
    return pad === '' ? String(number.value(date)) : padNumber(number.value(date), digits, pad);
  }
  const word = TEXTS[letter];
  if (!word) return text;
  const value = applyCase(word(date), letter, flags);
  return value.padStart(width, flags.includes('0') ? '0' : ' ');
}

function padNumber(value: number, digits: number, pad: string): string {
  if (value < 0 && pad === '0') return `-${String(-value).padStart(digits - 1, pad)}`;
  return String(value).padStart(digits, pad);
}

function applyCase(value: string, letter: string, flags: string): string {
  if (flags.includes('^')) return value.toUpperCase();
  if (!flags.includes('#')) return value;
  return letter === 'Z' || letter === 'p' ? value.toLowerCase() : value.toUpperCase();
}

interface NumberSpecifier {
  readonly value: (date: Date) => number;
  readonly digits: number;
  readonly pad: string;
}

const two = (value: (date: Date) => number, pad = '0'): NumberSpecifier => ({ value, digits: 2, pad });
const hour12 = (date: Date): number => date.getHours() % 12 || 12;
const modulo = (value: number, divisor: number): number => ((value % divisor) + divisor) % divisor;

const NUMBERS: Readonly<Record<string, NumberSpecifier>> = {
  C: two((date) => Math.floor(date.getFullYear() / 100)),
  d: two((date) => date.getDate()),
  e: two((date) => date.getDate(), ' '),
  g: two((date) => modulo(isoWeek(date).year, 100)),
  G: { value: (date) => isoWeek(date).year, digits: 1, pad: '0' },
  H: two((date) => date.getHours()),
  I: two(hour12),
  j: { value: (date) => dayOfYear(date) + 1, digits: 3, pad: '0' },
  k: two((date) => date.getHours(), ' '),
  l: two(hour12, ' '),
  m: two((date) => date.getMonth() + 1),
  M: two((date) => date.getMinutes()),
  s: { value: (date) => Math.floor(date.getTime() / 1000), digits: 1, pad: '0' },
  S: two((date) => date.getSeconds()),
  u: { value: (date) => date.getDay() || 7, digits: 1, pad: '0' },
  U: two((date) => Math.floor((dayOfYear(date) + 7 - date.getDay()) / 7)),
  V: two((date) => isoWeek(date).week),
  w: { value: (date) => date.getDay(), digits: 1, pad: '0' },
  W: two((date) => Math.floor((dayOfYear(date) + 7 - modulo(date.getDay() - 1, 7)) / 7)),
  y: two((date) => modulo(date.getFullYear(), 100)),
  Y: { value: (date) => date.getFullYear(), digits: 1, pad: '0' },
};

const TEXTS: Readonly<Record<string, (date: Date) => string>> = {
  a: (date) => DAYS[date.getDay()]!.slice(0, 3),
  A: (date) => DAYS[date.getDay()]!,
  b: (date) => MONTHS[date.getMonth()]!.slice(0, 3),
  B: (date) => MONTHS[date.getMonth()]!,
  c: nested('%a %b %e %H:%M:%S %Y'),
  D: nested('%m/%d/%y'),
  F: nested('%Y-%m-%d'),
  h: (date) => MONTHS[date.getMonth()]!.slice(0, 3),
  n: () => '\n',
  p: (date) => (date.getHours() < 12 ? 'AM' : 'PM'),
  P: (date) => (date.getHours() < 12 ? 'am' : 'pm'),
  r: nested('%I:%M:%S %p'),
  R: nested('%H:%M'),
  t: () => '\t',
  T: nested('%H:%M:%S'),
  x: nested('%m/%d/%y'),
  X: nested('%H:%M:%S'),
  z: zoneOffset,
  Z: zoneName,
  '%': () => '%',
};

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

function nested(format: string): (date: Date) => string {
  return (date) => renderAll(parseFormat(format, { subseconds: false }), date);
}

/** Days since the first of January. */
function dayOfYear(date: Date): number {
  return Math.round((utcDay(date) - Date.UTC(date.getFullYear(), 0, 1)) / DAY);
}

const DAY = 86_400_000;

/** The local calendar day as if it were UTC, so that days have 24 hours. */
function utcDay(date: Date): number {
  return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
}

/** ISO 8601: weeks begin on Monday and belong to the year that has their Thursday. */
function isoWeek(date: Date): { year: number; week: number } {
  const thursday = new Date(utcDay(date) + (4 - (date.getDay() || 7)) * DAY);
  const year = thursday.getUTCFullYear();
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY)) + 1;
  return { year, week };
}

function zoneOffset(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const absolute = Math.abs(minutes);
  const hours = String(Math.floor(absolute / 60)).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${hours}${String(absolute % 60).padStart(2, '0')}`;
}

/** Each of them knows the abbreviations of its own part of the world, and writes `GMT+5:30` for the others. */
const ZONE_LOCALES = ['en-US', 'en-GB', 'en-IN', 'en-AU', 'en-NZ', 'en-ZA'];

function zoneName(date: Date): string {
  for (const locale of ZONE_LOCALES) {
    const parts = new Intl.DateTimeFormat(locale, { timeZoneName: 'short' }).formatToParts(date);
    const name = parts.find((part) => part.type === 'timeZoneName')?.value;
    if (name && !/^GMT[+-]/.test(name)) return name;
  }
  return zoneOffset(date);
}
