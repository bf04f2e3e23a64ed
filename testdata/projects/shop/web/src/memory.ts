const viewers = new Map<string, string>();
const stats = { sold: 0 };
const LARGEST = 100;

interface Session {
  id: string;
}

/** Tested, waited, changed: others pass the same test during the wait. */
export async function join(name: string, connect: () => Promise<Session>) {
  if (viewers.has(name) || viewers.size >= LARGEST) throw new Error("full");
  const session = await connect();
  viewers.set(name, session.id);
}

export async function sell(price: () => Promise<number>) {
  const before = stats.sold;
  const more = await price();
  stats.sold = before + more;
}

export class Catalogue {
  private rows?: string[];

  async all(load: () => Promise<string[]>) {
    if (!this.rows) {
      this.rows = await load();
    }
    return this.rows;
  }
}
