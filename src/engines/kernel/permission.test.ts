import { expect, test } from 'vitest';
import { missingCapabilities, type PermissionFacts, permissionError, permissionProblem } from './permission.ts';

const FULL = 'CapEff:\t000001ffffffffff\nSeccomp:\t0\n';
const NONE = 'CapEff:\t0000000000000000\nSeccomp:\t0\n';

function facts(changes: Partial<PermissionFacts>): PermissionFacts {
  return {
    status: FULL,
    lockdown: '',
    container: false,
    unprivilegedDisabled: '2\n',
    uid: 0,
    uidMap: '         0          0 4294967295\n',
    ...changes,
  };
}

test('capabilities are read from the effective set', () => {
  expect(missingCapabilities(NONE)).toEqual(['CAP_BPF', 'CAP_PERFMON']);
  expect(missingCapabilities(FULL)).toEqual([]);
  expect(missingCapabilities('CapEff:\t0000008000000000\n')).toEqual(['CAP_PERFMON']);
  expect(missingCapabilities('CapEff:\t000000c000000000\n')).toEqual([]);
  expect(missingCapabilities('CapEff:\t0000000000200000\n')).toEqual([]);
});

test('an ordinary user', () => {
  const problem = permissionProblem(facts({ status: NONE, uid: 1000 }));
  expect(problem.reason).toBe('capability');
  expect(problem.message).toBe(
    'BPF is not permitted: this process is not root and lacks CAP_BPF and CAP_PERFMON, and kernel.unprivileged_bpf_disabled is set',
  );
  expect(problem.hints[0]).toMatch(/sudo/);
});

test('root in a container', () => {
  const problem = permissionProblem(facts({ status: NONE, container: true }));
  expect(problem.reason).toBe('container');
  expect(problem.hints[0]).toMatch(/--privileged/);
});

test('lockdown', () => {
  expect(permissionProblem(facts({ lockdown: 'none integrity [confidentiality]\n' })).reason).toBe('lockdown');
  expect(permissionProblem(facts({ lockdown: 'none [integrity] confidentiality\n' })).reason).toBe('unknown');
});

test('a user namespace', () => {
  expect(permissionProblem(facts({ uidMap: '         0       1000          1\n' })).reason).toBe('namespace');
});

test('seccomp', () => {
  expect(permissionProblem(facts({ status: FULL.replace('Seccomp:\t0', 'Seccomp:\t2') })).reason).toBe('seccomp');
});

test('the error is one sentence with a way out', () => {
  const error = permissionError(undefined, facts({ status: NONE, uid: 1000 }));
  expect(error.code).toBe('ERR_BPF_PERMISSION');
  expect(error.message).not.toMatch(/\n|\.$/);
  expect(error.hints.length).toBeGreaterThan(0);
});
