import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OutputBuffer } from './output-buffer.ts';
import { compileTime, formatTime } from './strftime.ts';

const zone = process.env['TZ'];
beforeEach(() => {
  process.env['TZ'] = 'America/New_York';
});
afterEach(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

/** 2024-03-04 05:06:07 in New York, a Monday. */
const MONDAY = Date.UTC(2024, 2, 4, 10, 6, 7) / 1000;

describe('conversions of glibc in the C locale', () => {
  test.each([
    ['%Y-%m-%d %H:%M:%S', '2024-03-04 05:06:07'],
    ['%a %A %b %B %h', 'Mon Monday Mar March Mar'],
    ['%c', 'Mon Mar  4 05:06:07 2024'],
    ['%C %y %g %G', '20 24 24 2024'],
    ['%D %x %F %T %X %R', '03/04/24 03/04/24 2024-03-04 05:06:07 05:06:07 05:06'],
    ['%e|%k|%l|%I|%p|%P|%r', ' 4| 5| 5|05|AM|am|05:06:07 AM'],
    ['%j %U %V %W %u %w', '064 09 10 10 1 1'],
    ['%s', String(MONDAY)],
    ['%z %Z', '-0500 EST'],
    ['%n%t%%', '\n\t%'],
    ['%-d %_m %0e %^a %#Z %5d %_5Y', '4  3 04 MON est 00004  2024'],
    ['%Ey %Od', '24 04'],
    // What is no conversion stays as it is.
    ['%q %', '%q %'],
    ['', ''],
  ])('%s', (format, text) => {
    expect(formatTime(format, MONDAY)).toBe(text);
  });

  test('weeks of ISO 8601 belong to the year of their Thursday', () => {
    const week = (year: number, month: number, day: number) =>
      formatTime('%G-W%V-%u', Date.UTC(year, month - 1, day, 12) / 1000);
    expect(week(2021, 1, 3)).toBe('2020-W53-7');
    expect(week(2021, 1, 4)).toBe('2021-W01-1');
    expect(week(2024, 12, 30)).toBe('2025-W01-1');
  });

  test('summer time', () => {
    expect(formatTime('%H %z %Z', Date.UTC(2024, 6, 1, 12) / 1000)).toBe('08 -0400 EDT');
  });
});

describe('parts of a second', () => {
  const render = (format: string, subseconds: boolean, ...times: [number, number][]) => {
    const write = compileTime(format, { subseconds });
    const out = new OutputBuffer();
    for (const [seconds, nanoseconds] of times) write(out, seconds, nanoseconds);
    return new TextDecoder().decode(out.bytes.subarray(0, out.length));
  };

  test('micro-, nano- and milliseconds', () => {
    expect(render('%S.%f %k %l', true, [MONDAY, 1_002_003])).toBe('07.001002 001002003 001');
  });

  test('hours of GNU for what is no timestamp', () => {
    expect(render('%k %l %f', false, [MONDAY, 5000])).toBe(' 5  5 000005');
  });

  test('a second is rendered once, its parts each time', () => {
    const times: [number, number][] = [
      [MONDAY, 0],
      [MONDAY, 999_999_999],
      [MONDAY + 1, 0],
    ];
    expect(render('%M:%S.%l ', true, ...times)).toBe('06:07.000 06:07.999 06:08.000 ');
  });

  test('a time that no calendar has is nothing', () => {
    expect(render('<%Y>', true, [1e18, 0])).toBe('');
  });
});
