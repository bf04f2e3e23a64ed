// The project's own `./schema` of the examples that use Drizzle.
import { integer, pgTable, text } from "drizzle-orm/pg-core";

export const spaces = pgTable("spaces", { id: text("id").primaryKey(), seats: integer("seats").notNull() });
