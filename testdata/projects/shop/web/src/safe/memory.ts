const viewers = new Map<string, string>();
const stats = { sold: 0 };
const LARGEST = 100;

interface Session {
  id: string;
}

/** The place is taken before the wait, and given back if the wait fails. */
export async function join(name: string, connect: () => Promise<Session>) {
  if (viewers.has(name) || viewers.size >= LARGEST) throw new Error("full");
  viewers.set(name, "connecting");
  try {
    return await connect();
  } catch (error) {
    viewers.delete(name);
    throw error;
  }
}

export async function sell(price: () => Promise<number>) {
  const more = await price();
  stats.sold += more;
}

/** Everybody shares one promise. */
export class Catalogue {
  private rows?: Promise<string[]>;

  all(load: () => Promise<string[]>) {
    this.rows ??= load();
    return this.rows;
  }
}
