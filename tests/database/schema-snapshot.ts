import { type Database, runSql } from "@gatehouse/server/database";

/** Everything that a migration can make in the schema, a line each; without the migrator's own tables. */
export async function snapshotSchema(db: Database): Promise<readonly string[]> {
  const { rows } = await runSql(
    db,
    `with owned as (
      select * from pg_class where relnamespace = 'public'::regnamespace and relname not like 'kysely\\_%'
    )
    select 'relation ' || relkind::text || ' ' || relname as line from owned where relkind <> 'i'
    union all select concat_ws(' ', 'column', relname, row_number() over (partition by relname order by attnum), attname, format_type(atttypid, atttypmod),
        attnotnull, attidentity, attgenerated, pg_get_expr(adbin, adrelid))
      from owned join pg_attribute a on attrelid = owned.oid and attnum > 0 and not attisdropped
        left join pg_attrdef on adrelid = owned.oid and adnum = attnum where relkind in ('r', 'p', 'v', 'm')
    union all select concat_ws(' ', 'constraint', relname, conname, pg_get_constraintdef(c.oid))
      from owned join pg_constraint c on conrelid = owned.oid and contype <> 'n'
    union all select pg_get_indexdef(indexrelid) from owned join pg_index on indexrelid = owned.oid
    union all select pg_get_triggerdef(t.oid) from owned join pg_trigger t on tgrelid = owned.oid where not tgisinternal
    union all select 'view ' || relname || pg_get_viewdef(oid) from owned where relkind in ('v', 'm')
    union all select concat_ws(' ', 'function', proname, pg_get_function_arguments(oid), prosrc)
      from pg_proc where pronamespace = 'public'::regnamespace
    union all select concat_ws(' ', 'type', typname, typtype) from pg_type
      where typnamespace = 'public'::regnamespace and typtype <> 'c' and typelem = 0
    union all select concat_ws(' ', 'label', enumtypid::regtype, enumsortorder, enumlabel) from pg_enum
    union all select concat_ws(' ', 'extension', extname) from pg_extension
    union all select concat_ws(' ', 'schema', nspname) from pg_namespace where nspname !~ '^pg_'`,
  );
  return rows.map(({ line }) => String(line)).toSorted();
}
