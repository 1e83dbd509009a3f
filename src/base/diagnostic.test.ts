import { describe, expect, test } from 'vitest';
import { Diagnostics, formatLocation, renderDiagnostic } from './diagnostic.ts';

const source = { name: 'stdin', text: 'BEGIN {\n\tcout(1);\n}\n' };
const span = (start: number, end: number) => ({ source, start, end });

describe('diagnostics', () => {
  test('one line is marked under its expanded tabs', () => {
    const list = new Diagnostics();
    const diagnostic = list
      .error('unknown-function', "Unknown function: 'cout'", span(9, 13))
      .hint("did you mean 'count'?");
    expect(renderDiagnostic(diagnostic)).toBe(
      "stdin:2:2-6: ERROR: Unknown function: 'cout'\n    cout(1);\n    ~~~~\nHINT: did you mean 'count'?\n",
    );
    expect(list.hasErrors).toBe(true);
  });

  test('a line goes to the terminal without what would move its cursor', () => {
    const escaped = { name: 'x.bt', text: 'foo \x1b[2J;\r\nbar\r\n' };
    const diagnostic = new Diagnostics().error('x', 'm', { source: escaped, start: 0, end: 3 });
    expect(renderDiagnostic(diagnostic)).toBe('x.bt:1:1-4: ERROR: m\nfoo \ufffd[2J;\n~~~\n');
  });

  test('several lines are shown without markers', () => {
    const diagnostic = new Diagnostics().warning('x', 'Unreachable statement.', span(6, 19));
    expect(renderDiagnostic(diagnostic)).toBe('stdin:1-3: WARNING: Unreachable statement.\nBEGIN {\n    cout(1);\n}\n');
  });

  test('an empty span at the end still has a marker', () => {
    const end = source.text.length - 1;
    expect(renderDiagnostic(new Diagnostics().error('x', 'm', span(end, end)))).toBe('stdin:3:2-2: ERROR: m\n}\n ~\n');
  });

  test('the place of a macro call is shown after what it expanded to', () => {
    const diagnostic = new Diagnostics().error('x', 'm', { ...span(9, 13), parent: span(0, 5) });
    expect(renderDiagnostic(diagnostic)).toContain('stdin:1:1-6: ERROR: expanded from\nBEGIN {\n~~~~~\n');
  });

  test('warnings alone are no errors', () => {
    const list = new Diagnostics();
    list.warning('x', 'm');
    expect(list.hasErrors).toBe(false);
    expect(renderDiagnostic(list.list[0]!)).toBe('WARNING: m\n');
  });

  test('a location is one-based and exclusive at its end', () => {
    expect(formatLocation(span(0, 5))).toBe('stdin:1:1-6');
  });
});
