//! The two tree-sitter grammars (with and without JSX) as one closed list of node kinds.

use std::path::Path;
use std::sync::OnceLock;
use tree_sitter::Language;

macro_rules! kinds {
    ($($kind:ident = $name:literal,)*) => {
        /// What a node is; both grammars number the same names differently.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Kind { $($kind,)* Error, Other }

        fn kind_of(name: &str) -> Kind {
            match name { $($name => Kind::$kind,)* "ERROR" => Kind::Error, _ => Kind::Other }
        }

        impl Kind {
            /// The grammar's name.
            pub(super) fn name(self) -> &'static str {
                match self { $(Kind::$kind => $name,)* Kind::Error => "ERROR", Kind::Other => "" }
            }
        }
    };
}

kinds! {
    AbstractClass = "abstract_class_declaration",
    Ambient = "ambient_declaration",
    Arguments = "arguments",
    Array = "array",
    ArrayPattern = "array_pattern",
    ArrayType = "array_type",
    Arrow = "arrow_function",
    As = "as_expression",
    Assignment = "assignment_expression",
    AssignmentPattern = "assignment_pattern",
    Augmented = "augmented_assignment_expression",
    Await = "await_expression",
    Binary = "binary_expression",
    Break = "break_statement",
    Call = "call_expression",
    ClassExpression = "class",
    ClassDeclaration = "class_declaration",
    ClassHeritage = "class_heritage",
    StaticBlock = "class_static_block",
    Comment = "comment",
    HtmlComment = "html_comment",
    ComputedName = "computed_property_name",
    Continue = "continue_statement",
    Decorator = "decorator",
    Do = "do_statement",
    EmptyStatement = "empty_statement",
    EnumAssignment = "enum_assignment",
    Enum = "enum_declaration",
    EscapeSequence = "escape_sequence",
    ExportClause = "export_clause",
    ExportSpecifier = "export_specifier",
    Export = "export_statement",
    ExpressionStatement = "expression_statement",
    ExtendsClause = "extends_clause",
    ExtendsType = "extends_type_clause",
    False = "false",
    ForIn = "for_in_statement",
    For = "for_statement",
    FunctionDeclaration = "function_declaration",
    FunctionExpression = "function_expression",
    FunctionType = "function_type",
    ConstructorType = "constructor_type",
    GeneratorExpression = "generator_function",
    GeneratorDeclaration = "generator_function_declaration",
    GenericType = "generic_type",
    Identifier = "identifier",
    If = "if_statement",
    ImplementsClause = "implements_clause",
    ImportKeyword = "import",
    ImportAlias = "import_alias",
    ImportClause = "import_clause",
    ImportRequire = "import_require_clause",
    ImportSpecifier = "import_specifier",
    Import = "import_statement",
    Instantiation = "instantiation_expression",
    Interface = "interface_declaration",
    InternalModule = "internal_module",
    Intersection = "intersection_type",
    JsxAttribute = "jsx_attribute",
    JsxElement = "jsx_element",
    JsxExpression = "jsx_expression",
    JsxOpening = "jsx_opening_element",
    JsxSelfClosing = "jsx_self_closing_element",
    Labeled = "labeled_statement",
    Lexical = "lexical_declaration",
    LiteralType = "literal_type",
    Member = "member_expression",
    MetaProperty = "meta_property",
    Method = "method_definition",
    ModuleDeclaration = "module",
    NamedImports = "named_imports",
    NamespaceExport = "namespace_export",
    NamespaceImport = "namespace_import",
    NestedIdentifier = "nested_identifier",
    NestedType = "nested_type_identifier",
    New = "new_expression",
    NonNull = "non_null_expression",
    Null = "null",
    Number = "number",
    Object = "object",
    ObjectAssignmentPattern = "object_assignment_pattern",
    ObjectPattern = "object_pattern",
    ObjectType = "object_type",
    OptionalParameter = "optional_parameter",
    Pair = "pair",
    PairPattern = "pair_pattern",
    Parenthesized = "parenthesized_expression",
    ParenthesizedType = "parenthesized_type",
    PredefinedType = "predefined_type",
    PrivateName = "private_property_identifier",
    PropertyName = "property_identifier",
    PropertySignature = "property_signature",
    FieldDefinition = "public_field_definition",
    ReadonlyType = "readonly_type",
    Regex = "regex",
    RequiredParameter = "required_parameter",
    RestPattern = "rest_pattern",
    Return = "return_statement",
    Satisfies = "satisfies_expression",
    Sequence = "sequence_expression",
    Shorthand = "shorthand_property_identifier",
    ShorthandPattern = "shorthand_property_identifier_pattern",
    Spread = "spread_element",
    Block = "statement_block",
    Text = "string",
    Fragment = "string_fragment",
    Subscript = "subscript_expression",
    Super = "super",
    Switch = "switch_statement",
    SwitchCase = "switch_case",
    SwitchDefault = "switch_default",
    Template = "template_string",
    Substitution = "template_substitution",
    Ternary = "ternary_expression",
    This = "this",
    ThisType = "this_type",
    Throw = "throw_statement",
    True = "true",
    Try = "try_statement",
    TupleType = "tuple_type",
    TypeAlias = "type_alias_declaration",
    TypeAnnotation = "type_annotation",
    TypeArguments = "type_arguments",
    TypeAssertion = "type_assertion",
    TypeIdentifier = "type_identifier",
    TypePredicate = "type_predicate",
    TypePredicateAnnotation = "type_predicate_annotation",
    TypeQuery = "type_query",
    Unary = "unary_expression",
    Undefined = "undefined",
    UnionType = "union_type",
    Update = "update_expression",
    Var = "variable_declaration",
    Declarator = "variable_declarator",
    While = "while_statement",
    With = "with_statement",
    Yield = "yield_expression",
}

macro_rules! fields {
    ($($field:ident)*) => {
        /// How a child is named in its parent.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(non_camel_case_types)]
        pub(super) enum Field { $($field,)* }

        const FIELDS: &[(&str, Field)] = &[$((stringify!($field), Field::$field),)*];
    };
}

fields! {
    alias alternative argument arguments body condition consequence constraint constructor declaration
    finalizer function handler increment index initializer key kind label left name object
    operator optional_chain parameter parameters pattern property return_type right source type_annotation
    type_arguments type_parameters value
}

/// One grammar with its kinds and fields looked up once.
pub(super) struct Grammar {
    pub(super) language: Language,
    kinds: Vec<Kind>,
    words: Vec<&'static str>,
    fields: Vec<Option<Field>>,
}

impl Grammar {
    fn new(language: Language) -> Grammar {
        let count = language.node_kind_count() as u16;
        let named = |id: u16| language.node_kind_for_id(id).filter(|_| language.node_kind_is_named(id));
        let kinds = (0..count).map(|id| named(id).map_or(Kind::Other, kind_of)).collect();
        let spelled = |name: &'static str| if name == "type_annotation" { "type" } else { name };
        let mut fields = vec![None; language.field_count() + 1];
        for (name, field) in FIELDS {
            if let Some(place) =
                language.field_id_for_name(spelled(name)).and_then(|id| fields.get_mut(usize::from(id.get())))
            {
                *place = Some(*field);
            }
        }
        // Once a grammar and for ever, like the grammar itself.
        let word = |id: u16| &*language.node_kind_for_id(id).unwrap_or_default().to_owned().leak();
        let words = (0..count).map(word).collect();
        Grammar { language, kinds, words, fields }
    }

    pub(super) fn kind(&self, id: u16) -> Kind {
        self.kinds.get(id as usize).copied().unwrap_or(Kind::Error)
    }

    /// The grammar's own name of a kind.
    pub(super) fn word(&self, id: u16) -> &'static str {
        self.words.get(id as usize).copied().unwrap_or("ERROR")
    }

    pub(super) fn field(&self, id: u16) -> Option<Field> {
        self.fields.get(id as usize).copied().flatten()
    }
}

/// The grammar of a file: JSX may stand wherever `<T>x` is not a cast.
pub(super) fn of(path: &Path) -> &'static Grammar {
    static PLAIN: OnceLock<Grammar> = OnceLock::new();
    static WITH_JSX: OnceLock<Grammar> = OnceLock::new();
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("ts" | "mts" | "cts") => {
            PLAIN.get_or_init(|| Grammar::new(tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into()))
        }
        _ => WITH_JSX.get_or_init(|| Grammar::new(tree_sitter_typescript::LANGUAGE_TSX.into())),
    }
}
