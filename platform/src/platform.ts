import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { isIPv6 } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Mask } from '@codenest/runner/mask'
import type { Logger } from 'pino'
import { createGitAuthorizer } from './access/git-access.ts'
import { loadKeys } from './access/keys.ts'
import { LaunchLink, launchUrl } from './access/launch-link.ts'
import { createLocalOwner } from './access/local-owner.ts'
import { createSeals } from './access/seals.ts'
import { createTokens } from './access/tokens.ts'
import { openCodeHost } from './code-host/open-code-host.ts'
import { originOf } from './config/config.ts'
import type { Config } from './config/config.ts'
import { lockDataDir } from './data-dir-lock.ts'
import type { Engine } from './engines/engine.ts'
import { openCluster } from './engines/kubernetes/cluster/cluster.ts'
import type { ClusterTuning } from './engines/kubernetes/cluster/tuning.ts'
import { KubernetesEngine } from './engines/kubernetes/kubernetes-engine.ts'
import { openLocalEngine } from './engines/open-local-engine.ts'
import type { LocalOverrides } from './engines/open-local-engine.ts'
import { Environments } from './environment/environments.ts'
import { resourcesOf } from './fleet/document.ts'
import { Fleet } from './fleet/fleet.ts'
import { FleetRecords } from './fleet/records.ts'
import { Gateway } from './gateway/gateway.ts'
import { Forwarding } from './gateway/headers.ts'
import { PreviewAccess } from './gateway/preview-access.ts'
import { Maintenance } from './git/maintenance.ts'
import { Remotes } from './git/remotes.ts'
import { createGitHttp } from './git/smart-http.ts'
import { History } from './history/history.ts'
import { Retention } from './history/retention.ts'
import { createApp } from './http/app.ts'
import { openDoor } from './http/door.ts'
import type { DoorOptions } from './http/door.ts'
import { close, listen } from './http/listen.ts'
import { createApiRoutes } from './http/routes/api.ts'
import { createConnected } from './http/routes/connected.ts'
import { createEventsHandler } from './http/routes/events.ts'
import { createRunnerEnvironment } from './http/routes/runner-environment.ts'
import { createRunnerEvents } from './http/routes/runner-events.ts'
import { createIdleHandler } from './http/routes/runner-idle.ts'
import { createTokenRenewal } from './http/routes/runner-token.ts'
import { observeGit, observeStore } from './metrics/git-metrics.ts'
import { Registry } from './metrics/registry.ts'
import { createProvisioner } from './reconciler/provisioner.ts'
import { Reconciler } from './reconciler/reconciler.ts'
import { States } from './reconciler/states.ts'
import { UPSTREAMS } from './repositories/upstream-cache.ts'
import { HostAccounts } from './repositories/host-accounts.ts'
import { Upstreams } from './repositories/upstreams.ts'
import type { UpstreamsOptions } from './repositories/upstreams.ts'
import { Doorbell } from './replicas/doorbell.ts'
import { Leadership } from './replicas/leadership.ts'
import { replicaName, Replicas } from './replicas/replicas.ts'
import { createToLeader } from './replicas/to-leader.ts'
import { openSecretsKey } from './secrets/secrets-key.ts'
import { Secrets } from './secrets/secrets.ts'
import { Links } from './sharing/links.ts'
import { SharedView } from './sharing/shared-view.ts'
import { Shares } from './sharing/shares.ts'
import type { ObjectStore } from './store/object-store.ts'
import { openObjectStore } from './store/open-object-store.ts'
import { Settling } from './template-updates/settling.ts'
import { TemplateUpdates } from './template-updates/template-updates.ts'
import { Catalogue } from './templates/catalogue.ts'
import { BroughtTemplates } from './templates/brought.ts'
import { TemplateEngine } from './templates/engine.ts'
import { ownTemplateOf } from './templates/names.ts'
import { OwnTemplates } from './templates/own-templates.ts'
import { Workspaces } from './workspaces/workspaces.ts'

/** Milliseconds until all of a request has to be there: a large push over a slow line. */
const LONGEST_REQUEST = 3_600_000
/** And until its headers are: whoever trickles them only keeps a connection busy. */
const LONGEST_HEADERS = 20_000
const HERE = fileURLToPath(new URL('.', import.meta.url))

/** What tests put in the place of the configured parts. */
export interface Overrides extends LocalOverrides {
  /** What the log does not show; whoever made the log has it. */
  mask?: Mask
  store?: ObjectStore
  engine?: Engine
  templates?: string
  /** Milliseconds and sizes of the talk with a cluster. */
  tuning?: Partial<ClusterTuning>
  web?: string
  /** How upstreams are looked up, and what they may cost. */
  upstreams?: Pick<UpstreamsOptions, 'resolve' | 'limits' | 'patience' | 'headStart'>
}

/** The control plane: everything is built here, from a configuration, and disposed in the opposite order. */
export class Platform implements AsyncDisposable {
  /** Where the page is: `http://localhost:4000`. */
  readonly origin: string
  readonly #launch: LaunchLink
  readonly #resources: AsyncDisposableStack

  private constructor(origin: string, launch: LaunchLink, resources: AsyncDisposableStack) {
    this.origin = origin
    this.#launch = launch
    this.#resources = resources
  }

  /** Signs one browser in, once; then there is another one. */
  get launchUrl(): string {
    return launchUrl(this.origin, this.#launch.token)
  }

  /**
   * Starts everything; it serves when this resolves. `launched` is told when somebody has signed in.
   * Throws a `ConfigError` for what the operator can mend.
   */
  static async start(
    config: Config,
    log: Logger,
    launched: () => void,
    overrides: Overrides = {},
  ): Promise<Platform> {
    await using resources = new AsyncDisposableStack()
    resources.use(await lockDataDir(config.dataDir))
    // Git's bodies have a watch of their own, which knows silence from a slow line.
    const server = createServer({
      connectionsCheckingInterval: 5000,
      headersTimeout: LONGEST_HEADERS,
      requestTimeout: LONGEST_REQUEST,
    })
    const port = await listen(server, config)
    resources.defer(() => close(server))
    const socket = join(config.dataDir, 'run', '.door.sock')
    const door = resources.use(await openDoor({ ...doorOf(config, socket), requestTimeout: LONGEST_REQUEST }))
    const origin = originOf(config, port)

    const metrics = new Registry()
    const store = resources.use(observeStore(overrides.store ?? (await openObjectStore(config)), metrics))
    const remotes = resources.use(await Remotes.open(store, join(config.dataDir, 'cache')))
    const templates = resources.use(new TemplateEngine())
    const catalogue = await Catalogue.open(
      remotes,
      overrides.templates ?? join(HERE, '../../templates'),
      templates,
    )
    const fleet = await Fleet.open(remotes)
    const kubernetes = config.engine.kind === 'kubernetes' ? config.engine : null
    const cluster = kubernetes && resources.use(await openCluster({ ...kubernetes, ...overrides, log }))
    const replica = replicaName()
    const namespace = kubernetes?.platform.namespace ?? ''
    const doorbell =
      cluster &&
      resources.use(
        new Doorbell({
          cluster,
          namespace,
          replica,
          remotes,
          onOrder: (order, id) => leadership.answer(order, id),
          log,
        }),
      )
    const leadership: Leadership = new Leadership((order, id) => doorbell?.order(order, id))
    const keys = await loadKeys(config.keysFile)
    const tokens = createTokens(keys)
    const owner = await createLocalOwner(tokens, cookieName(config, port))
    const engine = resources.use(
      overrides.engine ??
        (cluster && kubernetes
          ? await KubernetesEngine.open({
              cluster,
              settings: kubernetes,
              tokens,
              publicKey: keys.publicJwk,
              records: new FleetRecords(fleet),
              mayAct: leadership.isHeld,
              metrics,
              log,
            })
          : await openLocalEngine(config, socket, log, overrides)),
    )
    const { allowedRepositoryHosts, keepSavesDays } = config
    const isInUse = (id: string, session: string): boolean => engine.observe(id).session === session
    const retention = new Retention(remotes, { keepDays: keepSavesDays, isInUse }, log)
    const mask = overrides.mask ?? new Mask()
    const secrets = new Secrets(store, openSecretsKey(config.secretsKeyFile), mask)
    const hosts = new HostAccounts(secrets)
    const upstreams = resources.use(
      new Upstreams({
        remotes,
        allowedHosts: allowedRepositoryHosts,
        hosts,
        ...overrides.upstreams,
        log,
      }),
    )
    const provisioner = createProvisioner({
      remotes,
      catalogue,
      tokens,
      identities: owner,
      publicKey: keys.publicJwk,
      origin,
      internalOrigin: kubernetes?.internalUrl ?? `http://127.0.0.1:${door.port}`,
      upstreams,
    })
    const ownTemplates = new OwnTemplates({
      fleet,
      remotes,
      catalogue,
      engine: templates,
      brought: new BroughtTemplates(upstreams, allowedRepositoryHosts),
      launchSettings: (id, document) => provisioner.launchSettings(id, document),
    })
    const letGo = (id: string, signal: AbortSignal): Promise<unknown> =>
      id.startsWith(UPSTREAMS)
        ? upstreams.letGo(id)
        : ownTemplateOf(id) === null
          ? retention.apply(id, signal)
          : ownTemplates.letGo(id)
    resources.use(new Maintenance(remotes, log, letGo, leadership.isHeld))
    const states = resources.use(new States(engine))
    const createReconciler = (): Reconciler =>
      new Reconciler({ fleet, remotes, engine, provisioner, states, isHeld: leadership.isHeld, log })
    resources.use(leadership)
    const replicas =
      cluster &&
      kubernetes &&
      resources.use(
        new Replicas({
          cluster,
          namespace,
          replica,
          address: `http://${isIPv6(kubernetes.podIp) ? `[${kubernetes.podIp}]` : kubernetes.podIp}:${port}`,
          remotes,
          states,
          provisioner,
          leadership,
          createReconciler,
          log,
        }),
      )
    const environments = new Environments(secrets, fleet)
    const links = new Links({ fleet, tokens, origin })
    const sharedView = new SharedView(links, remotes, await createSeals(keys))
    const workspaces = new Workspaces({
      fleet,
      remotes,
      engine,
      states,
      leadership,
      provisioner,
      catalogue,
      ownTemplates,
      environments,
      upstreams,
      sharedView,
      allowedRepositoryHosts,
      origin,
    })
    const codeHost =
      config.github && openCodeHost(config.github, { secrets, mask, workspaces, remotes, origin, log })
    const settling = resources.use(new Settling({ remotes, fleet, catalogue, log }))
    const templateUpdates = new TemplateUpdates({
      workspaces,
      fleet,
      remotes,
      catalogue,
      ownTemplates,
      settling,
    })
    const history = new History({ workspaces, remotes, leadership })
    const originOfApp = (id: string, of?: number): string =>
      origin.replace('://', `://${of === undefined ? '' : `${of}--`}${id}.`)
    const shares = new Shares({ fleet, engine, workspaces, tokens, originOf: originOfApp })
    const previews = new PreviewAccess(tokens, shares)
    const launch = await LaunchLink.open(tokens, store)
    const version = await readVersion()
    const closing = new AbortController()
    const app = createApp({
      routes: createApiRoutes({
        upstreams,
        workspaces,
        history,
        catalogue,
        templateUpdates,
        ownTemplates,
        tokens,
        previews,
        shares,
        links,
        sharedView,
        environments,
        codeHost,
        session: {
          version,
          isolation: engine.isolation,
          allowedRepositoryHosts,
          keepSavesDays,
          codeHost: codeHost?.host ?? null,
        },
        originOf: originOfApp,
      }),
      events: createEventsHandler(workspaces, states, () => engine.prepare(resourcesOf()), closing.signal),
      git: createGitHttp(
        remotes,
        createGitAuthorizer({
          tokens,
          fleet,
          remotes,
          mayFetchTemplate: (person, name) => ownTemplates.isOf(person, name),
          checkDocument: (document, before) => workspaces.check(document, before),
        }),
        observeGit(remotes, store, metrics, log),
      ),
      renewRunnerToken: createTokenRenewal(tokens, engine, provisioner),
      runnerEvents: createRunnerEvents(tokens, remotes, closing.signal),
      runnerIdle: createIdleHandler(tokens, engine, workspaces),
      runnerEnvironment: createRunnerEnvironment(tokens, engine, environments),
      owner,
      launch,
      connected: codeHost && createConnected(codeHost.accounts),
      toLeader: replicas && createToLeader(replicas, leadership),
      launched,
      visited: (visitor, id) => workspaces.visit(visitor, id),
      openLink: (token) => links.open(token),
      origin,
      web: overrides.web ?? join(HERE, '../../web/dist'),
      version,
      metrics,
      isReady: () => !closing.signal.aborted,
      log,
    })
    const gateway = resources.use(
      new Gateway({
        engine,
        tokens,
        previews,
        forwarding: new Forwarding(config.trustedProxies),
        origin,
        domain: config.domain,
        wake: (id) => workspaces.wake(id),
        progress: (id) => workspaces.progress(id),
        log,
        platform: app,
      }),
    )
    server.on('request', gateway.handle)
    server.on('upgrade', gateway.upgrade)
    door.serve(app)
    if (replicas) await replicas.join()
    else await leadership.begin(createReconciler, () => true)
    // Runners make their last saves through this server, so pages go first and the server goes last.
    resources.defer(() => closing.abort())
    return new Platform(origin, launch, resources.move())
  }

  /** Stops taking work, lets every workspace make its last save, ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync()
  }
}

/** Ports of one machine share their cookies; replicas share a session. */
function cookieName({ publicOrigin }: Config, port: number): string {
  return publicOrigin === null ? `codenest-${port}` : 'codenest'
}

/** Runners of this machine come by its loopback or a socket, pods of a cluster by an address of their own. */
function doorOf({ host, engine }: Config, socket: string): Omit<DoorOptions, 'requestTimeout'> {
  if (engine.kind === 'local') return { host: '127.0.0.1', port: 0, socket }
  return { host, port: engine.platform.internalPort, socket: null }
}

async function readVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(HERE, '../package.json'), 'utf8')) as { version: string }
  return version
}
