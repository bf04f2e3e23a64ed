//! Files.

rows! { order, _stores, page;
    create = "fs-check-then-create.std" { page::start_log(&order.file())? } { page::start_log(&order.file())? }
    publish = "fs-check-then-create.tokio"
        { page::publish(&order.file(), b"page").await? }
        { page::publish(&order.file(), b"page").await? }
    using = "fs-check-then-use.std"
        { page::load(&order.name())?.map(|text| text.len()) }
        { page::load(&order.file(), 1 << 20)?.len() }
    mkdir = "fs-check-then-mkdir.std" { page::prepare(&order.file())? } { page::prepare(&order.file())? }
    remove = "fs-check-then-remove.std" { page::clean(&order.file())? } { page::clean(&order.file())? }
    read = "fs-check-then-read.std" { page::load(&order.file())? } { page::load(&order.file())? }
    chmod = "fs-create-then-chmod.std" { page::save_key(&order.file(), b"secret")? } { page::save_key(&order.name(), b"secret")? }
    renew = "fs-remove-then-create.std" { page::renew(&order.name()).map(drop)? } { page::renew(&order.name()).map(drop)? }
    modify = "fs-read-modify-write.std" { page::add_line(&order.file(), "one\n")? } { page::add_line(&order.file(), "one\n")? }
    lock = "fs-lockfile-not-exclusive.std"
        { page::take_lock(&order.file()).map(|()| true)? }
        { page::take_lock(&order.file())? }
}
