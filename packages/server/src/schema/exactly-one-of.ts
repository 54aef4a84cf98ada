import { z } from "zod";

/** An object that has one of the fields and none of the others. */
type OneOf<Fields> = {
  [Name in keyof Fields]: { readonly [Own in Name]: Fields[Own] } & {
    readonly [Other in Exclude<keyof Fields, Name>]?: never;
  };
}[keyof Fields];

type Inputs<Shape extends z.ZodRawShape> = { [Name in keyof Shape]: z.input<Shape[Name]> };
type Outputs<Shape extends z.ZodRawShape> = { [Name in keyof Shape]: z.output<Shape[Name]> };

/** What an input of `exactlyOneOf` is once it was parsed. */
type OneOfOutput<Shape extends z.ZodRawShape> = OneOf<Outputs<Shape>>;

/**
 * An input that takes one of several forms, told apart by which field is there. To callers' types it is a union; to
 * zod it is one strict object, since a REST address and its document take no union of objects, and so that what is
 * wrong with a field is told at that field.
 */
export function exactlyOneOf<Shape extends z.ZodRawShape>(
  shape: Shape,
): z.ZodType<OneOfOutput<Shape>, OneOf<Inputs<Shape>>> {
  const names = Object.keys(shape);
  const schema = z
    .strictObject(shape)
    .partial()
    .meta({ description: `Exactly one of: ${names.join(", ")}` })
    .transform((fields, ctx) => {
      const given = names.filter((name) => Reflect.get(fields, name) !== undefined);
      if (given.length === 1) return fields;
      ctx.addIssue({ code: "custom", message: `Send exactly one of: ${names.join(", ")}` });
      return z.NEVER;
    });
  // zod's types cannot say that one field of a partial object is there.
  return schema as unknown as z.ZodType<OneOfOutput<Shape>, OneOf<Inputs<Shape>>>;
}
