import { pino } from 'pino'
import { openCluster } from '../../../src/engines/kubernetes/cluster/cluster.ts'
import type { Cluster } from '../../../src/engines/kubernetes/cluster/cluster.ts'
import { DEFAULT_TUNING } from '../../../src/engines/kubernetes/cluster/tuning.ts'
import type { ClusterTuning } from '../../../src/engines/kubernetes/cluster/tuning.ts'

/** What takes seconds in earnest takes as little as possible. */
const QUICK: ClusterTuning = {
  ...DEFAULT_TUNING,
  page: 3,
  pause: { first: 5, longest: 50 },
  lease: { duration: 2000, renewDeadline: 1500, retry: 50 },
}

export function openTestCluster(kubeconfig: string, tuning: Partial<ClusterTuning> = {}): Promise<Cluster> {
  return openCluster({ kubeconfig, log: pino({ level: 'silent' }), tuning: { ...QUICK, ...tuning } })
}
