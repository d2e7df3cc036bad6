import { describe, expect, it } from 'vitest';
import {
  constantName,
  factoryName,
  fieldName,
  isFeatureName,
  methodName,
  pascalName,
  typeName,
} from '../../codegen/naming.js';

describe('messages and enums', () => {
  it.each([
    ['machine.RebootRequest', 'machine', 'RebootRequest'],
    ['machine.MachineStatusEvent.MachineStatus', 'machine', 'MachineStatusEvent_MachineStatus'],
    ['a.b.c.Deep.Deeper.Deepest', 'a.b.c', 'Deep_Deeper_Deepest'],
    ['NoPackage', '', 'NoPackage'],
    ['a.lower', 'a', 'lower'],
    ['a.class', 'a', 'class_'],
    ['a.string', 'a', 'string_'],
    ['a.Reader', 'a', 'Reader'],
    ['a.Promise', 'a', 'Promise_'],
    ['a.Error', 'a', 'Error_'],
    ['a.constructor', 'a', 'constructor_'],
    ['a.Outer.class', 'a', 'Outer_class'],
  ])('%s in package "%s" is %s', (full, packageName, name) => {
    expect(typeName(full, packageName)).toBe(name);
  });
});

describe('fields', () => {
  it.each([
    ['id', 'id'],
    ['query_local', 'queryLocal'],
    ['alreadyCamel', 'alreadyCamel'],
    ['PascalCase', 'PascalCase'],
    ['field_1', 'field1'],
    ['trailing_', 'trailing'],
    ['_leading', 'Leading'],
    ['two__underscores', 'twoUnderscores'],
    ['__proto__', 'Proto'],
    ['constructor', 'constructor_'],
    ['to_string', 'toString_'],
    ['hasOwnProperty', 'hasOwnProperty_'],
    ['delete', 'delete'],
    ['bytes', 'bytes'],
    ['_', '_'],
    ['_1', '_1'],
  ])('%s is %s', (proto, name) => {
    expect(fieldName(proto)).toBe(name);
  });
});

describe('methods', () => {
  it.each([
    ['EtcdMemberList', 'etcd', 'memberList'],
    ['EtcdRemoveMemberByID', 'etcd', 'removeMemberById'],
    ['ServiceList', 'services', 'list'],
    ['Containers', 'containers', 'containers'],
    ['LogsContainers', 'logs', 'containers'],
    ['CPUInfo', 'system', 'cpuInfo'],
    ['CPUFreqStats', 'system', 'cpuFreqStats'],
    ['NetworkDeviceStats', 'network', 'deviceStats'],
    ['Networking', 'network', 'networking'],
    ['MDDestroy', 'storage', 'mdDestroy'],
    ['FanOutStart', 'fan-out', 'start'],
    ['GetV2', 'x', 'getV2'],
    ['snake_case_rpc', 'x', 'snakeCaseRpc'],
    ['delete', 'x', 'delete'],
    ['Constructor', 'x', 'constructor_'],
    ['Then', 'x', 'then_'],
    ['ToString', 'x', 'toString_'],
  ])('%s of the feature %s is %s', (rpc, feature, name) => {
    expect(methodName(rpc, feature)).toBe(name);
  });
});

describe('features', () => {
  it.each([
    ['etcd', 'etcd', 'Etcd', 'etcdMethods'],
    ['fan-out', 'fanOut', 'FanOut', 'fanOutMethods'],
    ['delete', 'delete_', 'Delete', 'deleteMethods'],
  ])('%s has the factory %s, the client %sClient and the constant %s', (...names) => {
    const [feature, factory, pascal, constant] = names;
    expect(factoryName(feature)).toBe(factory);
    expect(pascalName(feature)).toBe(pascal);
    expect(constantName(feature, 'Methods')).toBe(constant);
  });

  it('are named in kebab-case', () => {
    for (const name of ['etcd', 'fan-out', 'a1-b2']) expect(isFeatureName(name)).toBe(true);
    for (const name of ['', 'Etcd', 'fan_out', '-a', 'a-', 'a--b', '../x', '1a', 'a b']) {
      expect(isFeatureName(name)).toBe(false);
    }
  });
});
