/** The first file of every fleet repository. */
export const README = `# Fleet

The desired state of this CodeNest: one file a workspace, \`workspaces/<owner>/<id>.yaml\`.
Push to \`main\` and the platform follows: \`running: true\` starts a workspace, \`running: false\` stops it,
removing its file deletes it. A push with a document that is not valid is refused with the reason.

\`\`\`yaml
apiVersion: codenest.dev/v1
kind: Workspace
metadata:
  name: brave-otter
  owner: owner
  createdAt: 2026-01-31T12:00:00.000Z
spec:
  source:
    template: node-express
    revision: 4f1c… # a commit of /git/templates/node-express.git
    parameters: {}
  running: true
\`\`\`

A workspace can be a fork of another one of yours, as that was in a save or commit; \`origin\` is what the other was made
from, so that the fork runs and fetches as it does:

\`\`\`yaml
source:
  workspace: brave-otter
  commit: "91be…" # all 40 digits
  origin: { template: node-express, revision: 4f1c…, parameters: {} }
\`\`\`

\`spec.update\` is an update from the template that is not merged yet; when it is, \`source\` has its revision.

\`spec.links\` names the links by which anybody may read a workspace; removing one ends it.

On Kubernetes, \`pool.yaml\` here says how many pods of each stack wait to become workspaces, so that a start takes less
than a second. Only a workspace with the same \`resources\` gets one of them; without them they are those of a workspace
that declares none. Without the file there is no pool.

\`\`\`yaml
apiVersion: codenest.dev/v1
kind: Pool
spec:
  stacks: { default: 1, node: 2 }
  # resources: { cpu: "2", memory: 2Gi, storage: 10Gi }
\`\`\`
`
