import { createTalosClient, lines, type TalosClientOptions, TalosConfigError } from 'talos-client';
import { type EtcdMembers, etcd } from 'talos-client/etcd';
import { logs } from 'talos-client/logs';
import { type MachineConfig, parseMachineConfig } from 'talos-client/machine-config';
import { loadTalosconfig } from 'talos-client/talosconfig';
import type { SimulatedCluster } from 'talos-client-testkit';

export async function members(path: string): Promise<EtcdMembers> {
  const options: TalosClientOptions = await loadTalosconfig({ path });
  const talos = createTalosClient(options);
  try {
    for await (const line of lines(logs(talos.node('10.0.0.2')).dmesg({ tail: true }))) {
      const text: string = line;
      if (text === '') break;
    }
    return await etcd(talos).memberList();
  } catch (error) {
    if (error instanceof TalosConfigError) console.error(error.field);
    throw error;
  } finally {
    await talos.close();
  }
}

export const config: MachineConfig = parseMachineConfig('machine: {type: worker}');
export type Cluster = SimulatedCluster;
