// An analyst with the JDBC driver, as DBeaver is one: java -cp DRIVER Analyst.java PORT PASSWORD
// What it sees goes to standard output, "name<TAB>value" a line.
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;

public class Analyst {
    public static void main(String[] given) throws Exception {
        for (String compressed : List.of("true", "false")) {
            Properties properties = new Properties();
            properties.put("user", "analyst");
            properties.put("password", given[1]);
            properties.put("compress", compressed);
            try (Connection to = DriverManager.getConnection(
                    "jdbc:clickhouse://127.0.0.1:" + given[0] + "/haechi", properties)) {
                look(to);
            }
        }
    }

    static void look(Connection to) throws SQLException {
        DatabaseMetaData about = to.getMetaData();
        say("product", about.getDatabaseProductName());
        say("valid", to.isValid(5));
        say("schemas", column(about.getSchemas(), "TABLE_SCHEM").contains("haechi"));
        say("tables", column(about.getTables(null, "haechi", "%", null), "TABLE_NAME"));
        say("columns", column(about.getColumns(null, "haechi", "kinds", "%"), "COLUMN_NAME"));
        say("types", column(about.getTypeInfo(), "TYPE_NAME").contains("DateTime64"));

        try (PreparedStatement asked = to.prepareStatement(
                "SELECT n, word FROM kinds WHERE n >= ? AND word = ? ORDER BY n")) {
            asked.setLong(1, 1);
            asked.setString(2, "plain");
            say("asked", rows(asked.executeQuery()));
        }
        try (Statement asked = to.createStatement()) {
            say("kinds", rows(asked.executeQuery("SELECT * FROM kinds ORDER BY n")));
            asked.setMaxRows(3);
            say("limited", rows(asked.executeQuery("SELECT number FROM numbers(100000)")));
        }
        try (Statement asked = to.createStatement()) {
            ResultSet all = asked.executeQuery("SELECT number, toString(number) FROM numbers(300000)");
            long sum = 0;
            while (all.next()) sum += all.getLong(1);
            say("many", sum);
        }
        say("refused insert", refused(to, "INSERT INTO kinds (n) VALUES (9)"));
        say("refused drop", refused(to, "DROP TABLE kinds"));
        say("refused file", refused(to, "SELECT * FROM file('/etc/passwd', 'LineAsString')"));
        say("wrong", refused(to, "SELECT nothing FROM kinds"));
    }

    static String refused(Connection to, String statement) {
        try (Statement asked = to.createStatement()) {
            asked.execute(statement);
            return "allowed";
        } catch (SQLException error) {
            return error.getErrorCode() + " " + error.getMessage();
        }
    }

    static List<String> column(ResultSet found, String name) throws SQLException {
        List<String> values = new ArrayList<>();
        while (found.next()) values.add(found.getString(name));
        return values;
    }

    static String rows(ResultSet found) throws SQLException {
        ResultSetMetaData about = found.getMetaData();
        List<String> rows = new ArrayList<>();
        while (found.next()) {
            List<String> row = new ArrayList<>();
            for (int i = 1; i <= about.getColumnCount(); i++) row.add(text(found.getObject(i)));
            rows.add(String.join("|", row));
        }
        return String.join(";", rows);
    }

    static String text(Object value) throws SQLException {
        if (value instanceof Object[] pair) return Arrays.deepToString(pair);
        if (value instanceof java.sql.Array array) return Arrays.deepToString((Object[]) array.getArray());
        if (value instanceof BigDecimal number) return number.toPlainString();
        return String.valueOf(value);
    }

    static void say(String name, Object value) {
        System.out.println(name + "\t" + String.valueOf(value).replace('\n', ' '));
    }
}
