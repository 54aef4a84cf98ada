import { z } from "zod";

/** An object that has one of the fields and none of the others. */
type OneOf<Fields> = {
  [Name in keyof Fields]: { readonly [Own in Name]: Fields[Own] } & {
    readonly [Other in Exclude<keyof Fields, Name>]?: never;
  };
}[keyof Fields];

type Inputs<Shape extends z.ZodRawShape> = { [Name in keyof Shape]: z.input<Shape[Name]> };
type Outputs<Shape extends z.ZodRawShape> = { [Name in keyof Shape]: z.output<Shape[Name]> };

/** The parsed output of `exactlyOneOf`. */
type OneOfOutput<Shape extends z.ZodRawShape> = OneOf<Outputs<Shape>>;

/**
 * Creates the schema of an input that has exactly one of several fields, besides others. Its TypeScript type is a union. Its zod schema is
 * one strict object, because REST routes and their OpenAPI document support no union of objects, and so that errors name the
 * field.
 */
export function exactlyOneOf<Shape extends z.ZodRawShape>(
  shape: Shape,
): z.ZodType<OneOfOutput<Shape>, OneOf<Inputs<Shape>>>;
export function exactlyOneOf<Shape extends z.ZodRawShape, Others extends z.ZodRawShape>(
  shape: Shape,
  others: Others,
): z.ZodType<OneOfOutput<Shape> & z.output<z.ZodObject<Others>>, OneOf<Inputs<Shape>> & z.input<z.ZodObject<Others>>>;
export function exactlyOneOf(shape: z.ZodRawShape, others: z.ZodRawShape = {}): z.ZodType {
  const names = Object.keys(shape);
  const schema = z
    .strictObject({ ...z.strictObject(shape).partial().shape, ...others })
    .meta({ description: `Exactly one of: ${names.join(", ")}` })
    .transform((fields, ctx) => {
      const given = names.filter((name) => Reflect.get(fields, name) !== undefined);
      if (given.length === 1) return fields;
      ctx.addIssue({ code: "custom", message: `Send exactly one of: ${names.join(", ")}` });
      return z.NEVER;
    });
  // The overloads say what zod's types cannot: that exactly one field of a partial object is present.
  return schema;
}
