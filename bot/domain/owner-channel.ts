/** Where an owner is told, and who of them: Slack ids. */
export type Owners = Record<string, { channel?: string | undefined; mention?: string | undefined }>;

/** Where what they answer for is told; what is nobody's, or theirs who have no channel, in the usual one. */
export const channelOf = (owners: Owners, owner: string | null, usual: string): string =>
  owners[owner ?? ""]?.channel ?? usual;
