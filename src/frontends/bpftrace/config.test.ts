import { describe, expect, it } from 'vitest';
import { Diagnostics, renderDiagnostic } from '../../base/diagnostic.ts';
import { DEFAULT_SETTINGS, readSettings, settingValue } from './config.ts';
import { parseScript } from './parse/parse.ts';

function settingsOf(text: string, environment: Record<string, string> = {}) {
  const diagnostics = new Diagnostics();
  const script = parseScript({ name: 'stdin', text }, diagnostics);
  const settings = readSettings(script.config, environment, diagnostics);
  return { settings, output: diagnostics.list.map(renderDiagnostic).join('') };
}

describe('settings', () => {
  it('are the defaults when nothing is set', () => {
    expect(settingsOf('begin {}').settings).toEqual(DEFAULT_SETTINGS);
    expect(DEFAULT_SETTINGS).toMatchObject({
      maxStrlen: 1024,
      missingProbes: 'error',
      strTruncTrailer: '..',
      license: 'GPL',
    });
  });

  it('come from the block, whose keys ignore case and may have a prefix', () => {
    const { settings, output } = settingsOf(
      'config = { MAX_STRLEN = 64; bpftrace_missing_probes=warn; print_maps_on_exit = off; stack_mode = "perf"; license="gpl v2" } begin {}',
    );
    expect(output).toBe('');
    expect(settings).toMatchObject({
      maxStrlen: 64,
      missingProbes: 'warn',
      printMapsOnExit: false,
      stackMode: 'perf',
      license: 'GPL v2',
    });
    expect(settingValue(settings, 'max_strlen')).toBe(64);
    expect(settingValue(settings, 'toString')).toBeUndefined();
  });

  it('are overridden by the environment', () => {
    const environment = { BPFTRACE_MAX_STRLEN: '100', BEETRACE_CPP_DEMANGLE: '0', BPFTRACE_BTF: '/x', PATH: '/bin' };
    const { settings, output } = settingsOf('config = { max_strlen = 64 } begin {}', environment);
    expect(output).toBe('');
    expect(settings).toMatchObject({ maxStrlen: 100, cppDemangle: false });
  });

  it.each([
    [
      'config = { bad_config=raw }',
      'stdin:1:12-26: ERROR: bad_config: not a known configuration option\nconfig = { bad_config=raw }\n           ~~~~~~~~~~~~~~\n',
    ],
    [
      'config = { max_strln=1 }',
      "stdin:1:12-23: ERROR: max_strln: not a known configuration option\nconfig = { max_strln=1 }\n           ~~~~~~~~~~~\nHINT: did you mean 'max_strlen'?\n",
    ],
    [
      'config = { license = "Potato" }',
      'stdin:1:22-30: ERROR: Invalid value for license. Found: Potato. Valid values: Dual MIT/GPL, Dual BSD/GPL, Dual MPL/GPL, GPL and additional rights, GPL v2, GPL\nconfig = { license = "Potato" }\n                     ~~~~~~~~\n',
    ],
    [
      'config = { strlen = 5 }',
      'stdin:1:12-22: ERROR: strlen was renamed to max_strlen\nconfig = { strlen = 5 }\n           ~~~~~~~~~~\nHINT: set max_strlen instead\n',
    ],
    [
      'config = { unstable_macro = 1 }',
      'stdin:1:12-30: WARNING: unstable_macro has no effect and may be removed\nconfig = { unstable_macro = 1 }\n           ~~~~~~~~~~~~~~~~~~\n',
    ],
    [
      'config = { max_map_keys = many }',
      'stdin:1:27-31: ERROR: Invalid value for max_map_keys. Found: many. Valid values: 0 to 4294967295\nconfig = { max_map_keys = many }\n                          ~~~~\n',
    ],
  ])('%s', (text, output) => {
    expect(settingsOf(`${text} begin {}`.replace(' begin {}', '')).output).toBe(output);
  });

  it('reports a wrong value of a variable without a place', () => {
    expect(settingsOf('begin {}', { BPFTRACE_LICENSE: 'x', BPFTRACE_STRLEN: '3' }).output).toMatchInlineSnapshot(`
      "ERROR: Invalid value for BPFTRACE_LICENSE. Found: x. Valid values: Dual MIT/GPL, Dual BSD/GPL, Dual MPL/GPL, GPL and additional rights, GPL v2, GPL
      ERROR: BPFTRACE_STRLEN was renamed to max_strlen
      HINT: set max_strlen instead
      "
    `);
  });
});
